-- 0004 webhooks: who wants to be told of what happens, and what each is owed.
-- Why this shape: an endpoint changes rarely and is never removed, so that the log can name it; a
-- delivery is written in the transaction of its event, once for each endpoint, and changed by its
-- tries. Neither holds a body: it is made when it is sent.
-- Lock: none to speak of, the tables are new. Undo: drop both tables.

CREATE TABLE webhook_endpoints (
  id {ID} NOT NULL PRIMARY KEY,
  owner {TEXT} NOT NULL,
  everything {BIGINT} NOT NULL,
  types {TEXT} NOT NULL,
  url {TEXT} NOT NULL,
  state {TEXT} NOT NULL,
  secrets {TEXT} NOT NULL,
  created_at {BIGINT} NOT NULL,
  closed_at {BIGINT},
  version {BIGINT} NOT NULL
) {TABLE};
CREATE UNIQUE INDEX webhook_endpoints_url ON webhook_endpoints (owner, url)
  WHERE state <> 'deleted';
CREATE INDEX webhook_endpoints_enabled ON webhook_endpoints (id) WHERE state = 'enabled';

-- One row an event and an endpoint, whoever repeats what. Who holds the lane that decided delivers.
CREATE TABLE webhook_deliveries (
  id {ID} NOT NULL PRIMARY KEY,
  endpoint {ID} NOT NULL,
  owner {TEXT} NOT NULL,
  event {ID} NOT NULL,
  type {TEXT} NOT NULL,
  subject {TEXT} NOT NULL,
  part {TEXT} NOT NULL,
  payment {ID},
  created_at {BIGINT} NOT NULL,
  state {TEXT} NOT NULL,
  due_at {BIGINT} NOT NULL,
  tries {BIGINT} NOT NULL,
  status {BIGINT} NOT NULL,
  failure {TEXT} NOT NULL,
  excerpt {TEXT} NOT NULL,
  tried_at {BIGINT},
  lane {BIGINT} NOT NULL
) {TABLE};
CREATE UNIQUE INDEX webhook_deliveries_event ON webhook_deliveries (event, endpoint);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (lane, endpoint, due_at, id)
  WHERE state = 'due';
CREATE INDEX webhook_deliveries_oldest ON webhook_deliveries (due_at, id) WHERE state = 'due';
CREATE INDEX webhook_deliveries_dead ON webhook_deliveries (id) WHERE state = 'dead';
CREATE INDEX webhook_deliveries_endpoint ON webhook_deliveries (endpoint, id);
CREATE INDEX webhook_deliveries_owner ON webhook_deliveries (owner, id);
CREATE INDEX webhook_deliveries_payment ON webhook_deliveries (payment, id)
  WHERE payment IS NOT NULL;
