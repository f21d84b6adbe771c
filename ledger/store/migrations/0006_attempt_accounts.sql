-- 0006 attempt accounts: where a charge is paid by a transfer, and whose account that came from.
-- Why: a gateway may answer a charge with an account of its own instead of a page. Both as JSON;
-- NULL: the charge is not paid so, or nobody knows yet.
-- Lock: the table for a moment. Undo: drop the columns.

ALTER TABLE attempts ADD COLUMN pay_to {TEXT};
ALTER TABLE attempts ADD COLUMN paid_from {TEXT};
