-- 0005 attempt holds: until when an amount that a card holds for us may be captured.
-- Why: a payment may be authorised now and captured later; the attempt knows when that ends. NULL:
-- captured at once.
-- Lock: the table for a moment. Undo: drop the column.

ALTER TABLE attempts ADD COLUMN capture_by {BIGINT};
