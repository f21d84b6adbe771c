-- 0002 attempt terms: what an attempt asked its gateway for beside the amount.
-- Why: whether an attempt was made with 3-D Secure decides whether it may be followed by one that
-- is, and the months a payer pays in are part of what was agreed.
-- Lock: the table for a moment; both columns have constant defaults. Undo: drop the columns.

ALTER TABLE attempts ADD COLUMN three_d_secure {BIGINT} NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN instalments {BIGINT} NOT NULL DEFAULT 0;
