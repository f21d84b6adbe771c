-- 0003 disputes: contested charges, one row a charge.
-- Why this shape: an aggregate of its own, because it comes months after the payment and few
-- payments ever have one; loading a payment does not look here.
-- Lock: none, the table is new. Undo: DROP TABLE disputes; the log keeps what happened.

CREATE TABLE disputes (
  id {ID} NOT NULL PRIMARY KEY,
  payment {ID} NOT NULL,
  attempt {ID} NOT NULL,
  gateway {TEXT} NOT NULL,
  reference {TEXT} NOT NULL,
  gateway_id {TEXT} NOT NULL,
  state {TEXT} NOT NULL,
  amount {BIGINT} NOT NULL CHECK (amount > 0),
  reason {TEXT} NOT NULL,
  held {TEXT},
  allocations {TEXT} NOT NULL,
  evidence {TEXT} NOT NULL,
  opened_at {BIGINT} NOT NULL,
  updated_at {BIGINT} NOT NULL,
  version {BIGINT} NOT NULL
) {TABLE};
CREATE UNIQUE INDEX disputes_attempt ON disputes (payment, attempt);
CREATE INDEX disputes_state ON disputes (state, id);
