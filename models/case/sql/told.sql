-- actor_names, behalf_names --
-- The names of who acted, and of those on whose behalf, as far as the reader may know them; null where nobody is named.
CREATE OR REPLACE FUNCTION actor_names(p_actor integer) RETURNS text
LANGUAGE sql STABLE
AS $$
    SELECT COALESCE((SELECT u.name FROM account_user u WHERE u.id = p_actor),
                    (SELECT string_agg(u.name, ' & ' ORDER BY u.id)
                       FROM actor_group g JOIN account_user u ON u.id = ANY (g.members) AND u.id <> ALL (g.behalf)
                      WHERE g.id = p_actor))
$$;

CREATE OR REPLACE FUNCTION behalf_names(p_actor integer) RETURNS text
LANGUAGE sql STABLE
AS $$
    SELECT string_agg(u.name, ' & ' ORDER BY u.id)
      FROM actor_group g JOIN account_user u ON u.id = ANY (g.behalf) WHERE g.id = p_actor
$$;

-- case_facts --
-- Everything that is known about a case, newest first: what, who said it, when, how long it is fresh, and which needs
-- it would satisfy for a move from the present state (as fact_missing judges). What a past move brought for all its
-- cases and no later rule looks back at is told too, and counts for nothing more.
CREATE OR REPLACE FUNCTION case_facts(p_session uuid, p_case bigint)
RETURNS TABLE (
    kind text, label text, label_en text, value jsonb, source text, actor text, at timestamptz, act bigint,
    fresh_until timestamptz, counts_from timestamptz, counts_for text[]
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    me identity := identify(p_session);
    v_now timestamptz := alur_now();
    v_since timestamptz;
    v_own bigint := CASE me.scope WHEN 'own_nik' THEN me.household_id END;
BEGIN
    PERFORM door_enter(me);
    SELECT p.since INTO v_since FROM position p WHERE p.case_id = p_case;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH limits AS (
        SELECT k.*, make_interval(days => CASE WHEN k.fresh_days IS NOT NULL THEN COALESCE(
                   (policy_at('fakta.' || k.id || '.segar', v_now))::integer, k.fresh_days) END) AS fresh,
               make_interval(days => CASE WHEN k.min_age_days IS NOT NULL THEN COALESCE(
                   (policy_at('fakta.' || k.id || '.umur', v_now))::integer, k.min_age_days) END) AS age
          FROM fact_kind k),
    known AS (
        SELECT f.kind, f.act, f.at, f.source, COALESCE(f.value, s.value) AS value, false AS past
          FROM fact f LEFT JOIN act_fact s ON s.act = f.act AND s.kind = f.kind
         WHERE f.case_id = p_case AND (v_own IS NULL OR words_open(f.case_id, f.act, v_own))
        UNION ALL
        SELECT s.kind, s.act, a.at, o.id, s.value, true
          FROM transition t
          JOIN act_fact s ON s.act = t.act
          JOIN act a ON a.id = t.act
          JOIN role o ON o.code = a.role
         WHERE t.case_id = p_case AND (v_own IS NULL OR words_open(t.case_id, t.act, v_own))
           AND NOT EXISTS (SELECT 1 FROM fact f WHERE f.case_id = p_case AND f.kind = s.kind AND f.act = s.act))
    SELECT k.id, k.label, k.label_en, x.value, x.source,
           COALESCE(u.name, (SELECT string_agg(y.name, ' & ' ORDER BY y.id) FROM account_user y
                              WHERE y.id = ANY (g.members) AND y.id <> ALL (g.behalf))),
           x.at, x.act, x.at + k.fresh, x.at + k.age,
           CASE WHEN x.past THEN '{}' ELSE ARRAY(
                SELECT w.id FROM need n JOIN limits w ON w.code = n.need
                 WHERE n.kind = x.kind AND (w.case_scope OR x.at > v_since)
                   AND (w.fresh IS NULL OR x.at > v_now - w.fresh) AND (w.age IS NULL OR x.at <= v_now - w.age)
                 ORDER BY w.code) END
      FROM known x
      JOIN limits k ON k.code = x.kind
      JOIN act a ON a.id = x.act
      LEFT JOIN account_user u ON u.id = a.actor
      LEFT JOIN actor_group g ON g.id = a.actor AND mask_open(g.members, me)
     ORDER BY x.at DESC, x.act DESC, k.code;
END $$;

-- opened_by --
-- Whether a move of the first case brought about that the second was opened; under the caller's own sight.
CREATE OR REPLACE FUNCTION opened_by(p_mover bigint, p_opened bigint) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT EXISTS (
        SELECT 1 FROM transition t JOIN act a ON a.id = t.act JOIN transition moved ON moved.act = a.cause
         WHERE t.case_id = p_opened AND t.version = 1 AND moved.case_id = p_mover)
$$;
