-- 0001 initial: payments with their attempts and refunds, deposits, the event log, the books,
-- receipts, the outbox, stored answers, reconciliation, keys and catalogues.
-- Why this shape: ids are texts with their prefix, so that an auditor can read a table without a
-- decoder; money is whole centavos; instants are microseconds since the epoch; dates are ISO texts.
-- Lock: none to speak of, the tables are new. Undo: remove the database file.

CREATE TABLE batches (
  id {ID} NOT NULL PRIMARY KEY,
  at {BIGINT} NOT NULL
) {CLUSTERED_TABLE};
{APPEND_ONLY:batches}

-- What a payment promised to collect, and from whom: none of it ever changes.
CREATE TABLE payments (
  id {ID} NOT NULL PRIMARY KEY,
  owner {TEXT} NOT NULL,
  quote {ID} NOT NULL,
  quote_json {TEXT} NOT NULL,
  allocations {TEXT} NOT NULL,
  method {TEXT} NOT NULL,
  currency {TEXT} NOT NULL,
  amount {BIGINT} NOT NULL CHECK (amount >= 0),
  clabe {TEXT},
  reference {TEXT} NOT NULL,
  return_url {TEXT} NOT NULL,
  payer_name {TEXT} NOT NULL,
  payer_email {TEXT} NOT NULL,
  payer_rfc {TEXT} NOT NULL,
  payer_curp {TEXT} NOT NULL,
  created_at {BIGINT} NOT NULL
) {TABLE};
CREATE UNIQUE INDEX payments_quote ON payments (quote);
CREATE UNIQUE INDEX payments_clabe ON payments (clabe) WHERE clabe IS NOT NULL;
CREATE INDEX payments_owner ON payments (owner, id);
CREATE INDEX payments_reference ON payments (reference, id) WHERE reference <> '';
{APPEND_ONLY:payments}

-- Where a payment stands: the small row that changes, so that a change rewrites no index of the
-- large one. As with postings, no foreign key: both rows are written by one transaction.
CREATE TABLE payment_states (
  payment {ID} NOT NULL PRIMARY KEY,
  state {TEXT} NOT NULL,
  refunded {BIGINT} NOT NULL CHECK (refunded >= 0),
  expires_at {BIGINT} NOT NULL,
  paid_at {BIGINT},
  version {BIGINT} NOT NULL
) {UPDATED_TABLE};
CREATE INDEX payment_states_due ON payment_states (expires_at, payment) WHERE state = 'awaiting';

CREATE TABLE attempts (
  payment {ID} NOT NULL,
  id {ID} NOT NULL,
  ordinal {BIGINT} NOT NULL,
  gateway {TEXT} NOT NULL,
  reference {TEXT} NOT NULL,
  state {TEXT} NOT NULL,
  amount {BIGINT} NOT NULL,
  gateway_id {TEXT} NOT NULL,
  authorization_code {TEXT} NOT NULL,
  redirect_url {TEXT} NOT NULL,
  decline_reason {TEXT} NOT NULL,
  created_at {BIGINT} NOT NULL,
  updated_at {BIGINT} NOT NULL,
  PRIMARY KEY (payment, id)
) {CLUSTERED_TABLE};
CREATE UNIQUE INDEX attempts_reference ON attempts (gateway, reference);

CREATE TABLE refunds (
  payment {ID} NOT NULL,
  id {ID} NOT NULL,
  gateway {TEXT} NOT NULL,
  reference {TEXT} NOT NULL,
  state {TEXT} NOT NULL,
  amount {BIGINT} NOT NULL,
  allocations {TEXT} NOT NULL,
  reason {TEXT} NOT NULL,
  destination_clabe {TEXT} NOT NULL,
  destination_holder {TEXT} NOT NULL,
  destination_rfc_curp {TEXT} NOT NULL,
  gateway_id {TEXT} NOT NULL,
  failure_reason {TEXT} NOT NULL,
  created_at {BIGINT} NOT NULL,
  updated_at {BIGINT} NOT NULL,
  PRIMARY KEY (payment, id)
) {CLUSTERED_TABLE};
CREATE UNIQUE INDEX refunds_reference ON refunds (gateway, reference);

CREATE TABLE deposits (
  id {ID} NOT NULL PRIMARY KEY,
  sending_bank {TEXT} NOT NULL,
  tracking_key {TEXT} NOT NULL,
  operating_date {TEXT} NOT NULL,
  state {TEXT} NOT NULL,
  suspense {TEXT} NOT NULL,
  amount {BIGINT} NOT NULL,
  clabe {TEXT} NOT NULL,
  sender_clabe {TEXT} NOT NULL,
  sender_holder {TEXT} NOT NULL,
  sender_rfc_curp {TEXT} NOT NULL,
  concept_text {TEXT} NOT NULL,
  gateway {TEXT} NOT NULL,
  gateway_id {TEXT} NOT NULL,
  payment {ID},
  return_gateway {TEXT},
  return_reference {TEXT},
  return_order {TEXT},
  received_at {BIGINT} NOT NULL,
  version {BIGINT} NOT NULL
) {TABLE};
CREATE UNIQUE INDEX deposits_key ON deposits (sending_bank, tracking_key, operating_date);
CREATE UNIQUE INDEX deposits_return ON deposits (return_gateway, return_reference)
  WHERE return_reference IS NOT NULL;
CREATE INDEX deposits_payment ON deposits (payment, id) WHERE payment IS NOT NULL;
-- Nearly all are applied at once and never looked for by their state.
CREATE INDEX deposits_state ON deposits (state, id) WHERE state <> 'applied';

-- The log. Positions count from 1 without a gap within a lane; ordinals rise within a subject.
-- `entry` is the ordinal of the event's entry in the same lane.
CREATE TABLE events (
  lane {BIGINT} NOT NULL,
  position {BIGINT} NOT NULL,
  id {ID} NOT NULL,
  entry {BIGINT},
  subject {TEXT} NOT NULL,
  ordinal {BIGINT} NOT NULL,
  command {ID} NOT NULL,
  at {BIGINT} NOT NULL,
  name {TEXT} NOT NULL,
  body {TEXT} NOT NULL,
  PRIMARY KEY (lane, position)
) {CLUSTERED_TABLE};
CREATE UNIQUE INDEX events_subject ON events (subject, ordinal);
{APPEND_ONLY:events}

-- The books. One entry an event; entries of a lane are numbered from 1 and chained by hash.
-- `position` is the event's in the same lane.
CREATE TABLE entries (
  lane {BIGINT} NOT NULL,
  ordinal {BIGINT} NOT NULL,
  id {ID} NOT NULL,
  event {ID} NOT NULL,
  position {BIGINT} NOT NULL,
  at {BIGINT} NOT NULL,
  operating_date {TEXT} NOT NULL,
  currency {TEXT} NOT NULL,
  description {TEXT} NOT NULL,
  subject {TEXT} NOT NULL,
  previous {BYTES} NOT NULL,
  hash {BYTES} NOT NULL,
  PRIMARY KEY (lane, ordinal)
) {CLUSTERED_TABLE};
CREATE UNIQUE INDEX entries_id ON entries (id);
{APPEND_ONLY:entries}

-- Debits are positive, credits negative. No foreign key on purpose: entry and postings are written
-- by one statement each in the same transaction, and the check would cost a lookup a row.
CREATE TABLE postings (
  lane {BIGINT} NOT NULL,
  ordinal {BIGINT} NOT NULL,
  posting {BIGINT} NOT NULL,
  account {TEXT} NOT NULL,
  currency {TEXT} NOT NULL,
  amount {BIGINT} NOT NULL CHECK (amount <> 0),
  reference {TEXT} NOT NULL,
  PRIMARY KEY (lane, ordinal, posting)
) {CLUSTERED_TABLE};
CREATE INDEX postings_account ON postings (account, lane, ordinal);
{APPEND_ONLY:postings}

-- Sums of the postings, kept so that a balance is one row; `erario ledger verify` recomputes them.
CREATE TABLE balances (
  lane {BIGINT} NOT NULL,
  account {TEXT} NOT NULL,
  currency {TEXT} NOT NULL,
  debits {BIGINT} NOT NULL,
  credits {BIGINT} NOT NULL,
  PRIMARY KEY (lane, account, currency)
) {UPDATED_TABLE};

CREATE TABLE receipts (
  id {ID} NOT NULL PRIMARY KEY,
  payment {ID} NOT NULL,
  series {TEXT} NOT NULL,
  folio {BIGINT} NOT NULL CHECK (folio >= 1),
  amount {BIGINT} NOT NULL,
  issued_at {BIGINT} NOT NULL,
  document {TEXT} NOT NULL
) {TABLE};
CREATE UNIQUE INDEX receipts_folio ON receipts (series, folio);
CREATE INDEX receipts_payment ON receipts (payment, id);
{APPEND_ONLY:receipts}

-- Calls to the outside that are owed. The payload is emptied when the call is done. Who holds the
-- lane that decided makes the call.
CREATE TABLE jobs (
  id {ID} NOT NULL PRIMARY KEY,
  kind {TEXT} NOT NULL,
  state {TEXT} NOT NULL,
  gateway {TEXT} NOT NULL,
  subject {TEXT} NOT NULL,
  target {TEXT} NOT NULL,
  payload {TEXT} NOT NULL,
  due_at {BIGINT} NOT NULL,
  tries {BIGINT} NOT NULL,
  last_error {TEXT} NOT NULL,
  lane {BIGINT} NOT NULL
) {TABLE};
CREATE INDEX jobs_due ON jobs (lane, due_at, id) WHERE state = 'due';
CREATE INDEX jobs_dead ON jobs (id) WHERE state = 'dead';

CREATE TABLE inbound (
  id {ID} NOT NULL PRIMARY KEY,
  gateway {TEXT} NOT NULL,
  route {TEXT} NOT NULL,
  received_at {BIGINT} NOT NULL,
  digest {BYTES} NOT NULL,
  body {BYTES} NOT NULL
) {TABLE};
{APPEND_ONLY:inbound}

-- First answers by (owner, Idempotency-Key), replayed byte for byte.
CREATE TABLE answers (
  owner {TEXT} NOT NULL,
  idempotency_key {TEXT} NOT NULL,
  request {BYTES} NOT NULL,
  status {BIGINT} NOT NULL,
  body {BYTES} NOT NULL,
  command {ID} NOT NULL,
  at {BIGINT} NOT NULL,
  PRIMARY KEY (owner, idempotency_key)
) {TABLE};
{APPEND_ONLY:answers}

CREATE TABLE counters (
  name {TEXT} NOT NULL PRIMARY KEY,
  last_number {BIGINT} NOT NULL
) {UPDATED_TABLE};

-- A statement line tied to a posting, exclusive on both ends. `date` is the run's.
CREATE TABLE claims (
  side {TEXT} NOT NULL,
  line {TEXT} NOT NULL,
  entry {ID} NOT NULL,
  posting {BIGINT} NOT NULL,
  run {ID} NOT NULL,
  date {TEXT} NOT NULL,
  rule {TEXT} NOT NULL,
  PRIMARY KEY (side, line)
) {CLUSTERED_TABLE};
CREATE UNIQUE INDEX claims_posting ON claims (side, entry, posting);
{APPEND_ONLY:claims}

CREATE TABLE statements (
  id {ID} NOT NULL PRIMARY KEY,
  source {TEXT} NOT NULL,
  account {TEXT} NOT NULL,
  statement_id {TEXT} NOT NULL,
  page {BIGINT} NOT NULL,
  file_hash {BYTES} NOT NULL,
  date {TEXT} NOT NULL,
  content {BYTES} NOT NULL,
  received_at {BIGINT} NOT NULL
) {TABLE};
CREATE UNIQUE INDEX statements_identity ON statements (source, account, statement_id, page);
{APPEND_ONLY:statements}

CREATE TABLE runs (
  id {ID} NOT NULL PRIMARY KEY,
  date {TEXT} NOT NULL,
  started_at {BIGINT} NOT NULL,
  rules_version {TEXT} NOT NULL,
  inputs_digest {TEXT} NOT NULL,
  matched {BIGINT} NOT NULL,
  broken {BIGINT} NOT NULL,
  summary_json {TEXT} NOT NULL,
  report_html {TEXT} NOT NULL,
  report_csv {TEXT} NOT NULL
) {TABLE};
{APPEND_ONLY:runs}

CREATE TABLE breaks (
  id {ID} NOT NULL PRIMARY KEY,
  run {ID} NOT NULL,
  ordinal {BIGINT} NOT NULL,
  kind {TEXT} NOT NULL,
  side {TEXT} NOT NULL,
  reference {TEXT} NOT NULL,
  line {TEXT} NOT NULL,
  entry {ID},
  expected {BIGINT},
  found {BIGINT},
  date {TEXT} NOT NULL,
  detail {TEXT} NOT NULL,
  age_business_days {BIGINT} NOT NULL
) {TABLE};
CREATE UNIQUE INDEX breaks_run ON breaks (run, ordinal);

CREATE TABLE api_keys (
  id {ID} NOT NULL PRIMARY KEY,
  hash {BYTES} NOT NULL,
  prefix {TEXT} NOT NULL,
  owner {TEXT} NOT NULL,
  scopes {TEXT} NOT NULL,
  created_at {BIGINT} NOT NULL,
  expires_at {BIGINT},
  revoked_at {BIGINT}
) {TABLE};
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);

CREATE TABLE catalogues (
  version {TEXT} NOT NULL PRIMARY KEY,
  imported_at {BIGINT} NOT NULL,
  sources {TEXT} NOT NULL,
  ordinal {BIGINT} NOT NULL
) {TABLE};
-- The one in force was imported last, whatever the clocks of the importing machines said.
CREATE UNIQUE INDEX catalogues_ordinal ON catalogues (ordinal);
