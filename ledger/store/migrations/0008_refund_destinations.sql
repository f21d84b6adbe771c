-- 0008 refund destinations: who named the account that a refund goes to.
-- Why: whoever named it may read it; of an account that money came from a portal reads the last
-- digits only. NULL: it is where the money came from.
-- Lock: the table for a moment. Undo: drop the column.

ALTER TABLE refunds ADD COLUMN named_by {TEXT};
