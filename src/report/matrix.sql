-- The matrix with a row for each session and permission, from the tables beside this file.
-- First make the four files known to the engine under their names: docs/scale.md shows how.
CREATE VIEW matrix AS
SELECT
  s.subject_kind, s.subject, e.method, e.target_kind, e.target, e.presence,
  'start' AS permission, t.value, t.layer, t.policy, '' AS via, t.location
FROM subjects s
JOIN endpoints e ON e.slot = s.slot
JOIN starts t ON t.start_class = s.start_class AND t.place = e.place
WHERE t.is_session AND t.value <> ''
UNION ALL
SELECT
  s.subject_kind, s.subject, e.method, e.target_kind, e.target, e.presence,
  c.permission, c.value, c.layer, c.policy,
  CASE WHEN c.of_groups THEN s.via ELSE '' END AS via, c.location
FROM subjects s
JOIN endpoints e ON e.slot = s.slot
JOIN starts t ON t.start_class = s.start_class AND t.place = e.place
JOIN cells c ON c.subject_stack = s.subject_stack AND c.endpoint_stack = e.endpoint_stack
WHERE t.is_session
