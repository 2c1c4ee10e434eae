-- document_add --
-- Note an uploaded document and write the fact it proves, as one act. Its file is already on the disk.
-- A kind that takes several different files becomes a fact with the last one it lacked since the case came to its
-- present state. `p_place` is a further kind of fact that the geotag proves. No row: the case is out of sight.
CREATE OR REPLACE FUNCTION document_add(
    p_session uuid, p_case bigint, p_kind text, p_sha256 text, p_type text, p_bytes integer,
    p_latitude double precision, p_longitude double precision, p_taken_at timestamptz, p_place text DEFAULT NULL
) RETURNS TABLE (id bigint, act bigint, counts boolean, have integer, wanted integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    me identity := masked(identify(p_session), ARRAY[p_case]);
    v_id bigint := nextval('document_id_seq');
    v_act bigint;
    v_since timestamptz;
    v_kind fact_kind%ROWTYPE;
    v_have bigint[];
    v_geotag jsonb;
    v_values jsonb[] := '{}';
    v_kinds text[] := '{}';
BEGIN
    PERFORM door_enter(me);
    SELECT p.since INTO v_since FROM position p WHERE p.case_id = p_case;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM facts_given(me.role, ARRAY[p_kind]);
    SELECT * INTO v_kind FROM fact_kind k WHERE k.id = p_kind AND k.documents > 0;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Bukti "%" bukan dokumen.', p_kind USING ERRCODE = 'AL003', DETAIL = p_kind;
    END IF;
    IF p_latitude IS NOT NULL THEN
        v_geotag := jsonb_strip_nulls(jsonb_build_object(
            'lat', p_latitude, 'long', p_longitude, 'diambil', p_taken_at, 'dokumen', v_id));
    END IF;
    -- Two photos that arrive together must each see the other, or neither would complete the pair.
    PERFORM pg_advisory_xact_lock(hashtextextended('dokumen', p_case));
    SELECT array_agg(x.id ORDER BY x.id) INTO v_have
      FROM (SELECT DISTINCT ON (d.sha256) d.id FROM document d
             WHERE d.case_id = p_case AND d.kind = v_kind.code AND d.sha256 <> p_sha256
               AND (v_kind.case_scope OR d.at > v_since)
             ORDER BY d.sha256, d.id DESC) AS x;
    v_have := COALESCE(v_have, '{}') || v_id;
    IF v_kind.documents = 1 THEN
        v_kinds := ARRAY[p_kind];
        v_values := ARRAY[jsonb_strip_nulls(jsonb_build_object(
            'dokumen', v_id, 'sha256', p_sha256, 'geotag', v_geotag - 'dokumen'))];
    ELSIF cardinality(v_have) >= v_kind.documents THEN
        v_kinds := ARRAY[p_kind];
        v_values := ARRAY[jsonb_build_object('dokumen', to_jsonb(v_have), 'sha256', (
            SELECT jsonb_agg(COALESCE(d.sha256, p_sha256) ORDER BY h.id)
              FROM unnest(v_have) AS h(id) LEFT JOIN document d ON d.id = h.id))];
    END IF;
    IF p_place IS NOT NULL AND v_geotag IS NOT NULL THEN
        v_kinds := v_kinds || p_place;
        v_values := v_values || v_geotag;
    END IF;
    SELECT f.act INTO v_act
      FROM door_facts(p_session, array_fill(p_case, ARRAY[cardinality(v_kinds)]), v_kinds, v_values) f;
    INSERT INTO document (id, case_id, kind, sha256, type, bytes, latitude, longitude, taken_at, user_id, act, at)
    VALUES (v_id, p_case, v_kind.code, p_sha256, p_type, p_bytes, p_latitude, p_longitude, p_taken_at, me.actor,
            v_act, alur_now());
    RETURN QUERY SELECT v_id, v_act, p_kind = ANY (v_kinds), cardinality(v_have), v_kind.documents::integer;
END $$;
