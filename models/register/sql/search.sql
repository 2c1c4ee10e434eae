-- Finding a family by a number or by how a member's name begins, in a time that does not grow with the register.

-- person_place, household_moved --
-- A person lives where the family lives: written beside the name, so that names are found within a kabupaten.
CREATE OR REPLACE FUNCTION person_place() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off
AS $$
BEGIN
    NEW.region := (SELECT h.region FROM household h WHERE h.id = NEW.household_id);
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION household_moved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE person SET region = NEW.region WHERE household_id = NEW.id;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER place BEFORE INSERT OR UPDATE OF household_id ON person
    FOR EACH ROW EXECUTE FUNCTION person_place();
CREATE OR REPLACE TRIGGER moved AFTER UPDATE OF region ON household
    FOR EACH ROW WHEN (OLD.region IS DISTINCT FROM NEW.region) EXECUTE FUNCTION household_moved();

-- register_search --
-- Families with this NIK, this No KK, or a member whose name begins so, within the scope of the session named in the
-- transaction. Names are looked up in each kabupaten's own line (index person_line), alphabetically. Who sees few
-- families is asked through them.
CREATE OR REPLACE FUNCTION register_search(p_nik text, p_kk text, p_name text, p_limit integer) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE ROWS 20 SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
AS $$
DECLARE
    me identity := seen();
    v_until text := p_name || chr(1114111);
    v_few bigint[];
BEGIN
    IF me.user_id IS NULL THEN
        RETURN;
    ELSIF me.lo IS NULL AND me.scope <> 'programme' THEN
        v_few := CASE me.scope
            WHEN 'own_nik' THEN ARRAY[me.household_id]
            WHEN 'assigned_families' THEN ARRAY(
                SELECT f.household_id FROM family_assignment f
                 WHERE f.user_id = COALESCE(me.behalf, me.user_id) AND f.valid_from <= alur_now()
                   AND (f.valid_to IS NULL OR f.valid_to > alur_now())) END;
        RETURN QUERY
        SELECT h.id FROM household h
         WHERE h.id = ANY (v_few) AND (h.no_kk = p_kk OR EXISTS (
               SELECT 1 FROM person p
                WHERE p.household_id = h.id AND p.removed_at IS NULL
                  AND (p.nik = p_nik OR lower(p.nama) ~>=~ p_name AND lower(p.nama) ~<~ v_until)))
         ORDER BY h.id LIMIT p_limit;
        RETURN;
    END IF;
    RETURN QUERY
    WITH RECURSIVE line(kab) AS (
        (SELECT p.region / 1000000 FROM person p
          WHERE p_name IS NOT NULL AND p.removed_at IS NULL AND p.region / 1000000 >= COALESCE(me.lo, 0) / 1000000
          ORDER BY 1 LIMIT 1)
        UNION ALL
        SELECT n.kab FROM line l CROSS JOIN LATERAL (
            SELECT p.region / 1000000 AS kab FROM person p
             WHERE p.removed_at IS NULL AND p.region / 1000000 > l.kab ORDER BY 1 LIMIT 1) AS n
         WHERE n.kab <= COALESCE(me.hi, 9999999999) / 1000000),
    numbered AS (
        SELECT p.household_id AS id FROM person p WHERE p.nik = p_nik AND p.removed_at IS NULL
        UNION
        SELECT h.id FROM household h WHERE h.no_kk = p_kk),
    named AS (
        SELECT r.household_id AS id, r.nama
          FROM line l
         CROSS JOIN LATERAL (
                SELECT p.household_id, lower(p.nama) AS nama FROM person p
                 WHERE p.region / 1000000 = l.kab AND lower(p.nama) ~>=~ p_name AND lower(p.nama) ~<~ v_until
                   AND p.removed_at IS NULL AND (me.lo IS NULL OR p.region BETWEEN me.lo AND me.hi)
                   AND (me.lo IS NOT NULL OR EXISTS (
                        SELECT 1 FROM case_ c WHERE c.household_id = p.household_id AND c.programme = me.programme))
                 ORDER BY lower(p.nama) USING ~<~ LIMIT p_limit) AS r)
    SELECT f.id
      FROM (SELECT n.id, NULL AS nama FROM numbered n
             WHERE EXISTS (SELECT 1 FROM household h
                            WHERE h.id = n.id AND (h.region BETWEEN me.lo AND me.hi
                                  OR me.lo IS NULL AND EXISTS (
                                     SELECT 1 FROM case_ c WHERE c.household_id = h.id AND c.programme = me.programme)))
            UNION ALL SELECT n.id, n.nama FROM named n) AS f
     GROUP BY f.id ORDER BY min(f.nama) NULLS FIRST, f.id LIMIT p_limit;
END $$;
