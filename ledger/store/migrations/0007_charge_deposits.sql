-- 0007 charge deposits: what a charge brought and cannot pay is a deposit like any other.
-- Why: it waited in suspense and was in no list. `attempt` says whose charge it was, and the row
-- has the charge's own id; NULL: a transfer to a CLABE of ours. What earlier versions held is added
-- here, as it stands after its dispute if it had one. `contested` (1: its charge is) lasts while
-- the deposit is on its way back, too. The index is how the oldest is found.
-- Lock: the table for a moment, and a reading of all entries. Undo: delete the rows with an
-- attempt, drop the columns and the index.

ALTER TABLE deposits ADD COLUMN attempt {ID};
ALTER TABLE deposits ADD COLUMN contested {BIGINT} NOT NULL DEFAULT 0;
CREATE INDEX deposits_held ON deposits (received_at) WHERE state = 'held';

INSERT INTO deposits (id, sending_bank, tracking_key, operating_date, state, suspense, amount,
  clabe, sender_clabe, sender_holder, sender_rfc_curp, concept_text, gateway, gateway_id, payment,
  attempt, contested, received_at, version)
SELECT 'dep_' || substr(a.id, 5), '', a.reference, e.operating_date,
  CASE WHEN c.state IN ('open', 'evidence') THEN 'disputed'
       WHEN c.state = 'lost' AND c.amount = p.amount THEN 'charged_back'
       ELSE 'held' END,
  substr(a.decline_reason, 6),
  CASE WHEN c.state = 'lost' AND c.amount < p.amount THEN p.amount - c.amount ELSE p.amount END,
  '', '', '', '', '', a.gateway, a.gateway_id, a.payment, a.id,
  CASE WHEN c.state IN ('open', 'evidence') THEN 1 ELSE 0 END, e.at, 1
FROM attempts a
JOIN entries e ON e.subject = a.payment AND e.description = 'capture.held'
JOIN postings p ON p.lane = e.lane AND p.ordinal = e.ordinal AND p.reference = a.reference
LEFT JOIN disputes c ON c.payment = a.payment AND c.attempt = a.id
WHERE a.state = 'succeeded' AND substr(a.decline_reason, 1, 5) = 'held_';
