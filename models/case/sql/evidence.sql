-- Evidence: who may write which kind, what it must say, and what it satisfies.

-- facts_given --
-- Check that this role may write these kinds, and return the needs they satisfy. Kinds that must be of some age
-- satisfy nothing on the day they are written.
CREATE OR REPLACE FUNCTION facts_given(p_role smallint, p_kinds text[]) RETURNS smallint[]
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    v_kind text;
    v_known record;
    v_needs smallint[] := '{}';
BEGIN
    FOREACH v_kind IN ARRAY p_kinds LOOP
        SELECT writers, min_age_days, satisfies INTO v_known FROM fact_kind WHERE id = v_kind;
        IF NOT FOUND OR NOT p_role = ANY (v_known.writers) THEN
            RAISE EXCEPTION 'Bukti "%" tidak dikenal, atau peran ini tidak berwenang menuliskannya.', v_kind
                USING ERRCODE = 'AL003', DETAIL = v_kind;
        ELSIF v_known.min_age_days IS NULL THEN
            v_needs := v_needs || v_known.satisfies;
        END IF;
    END LOOP;
    RETURN v_needs;
END $$;

-- facts_judged --
-- Refuse evidence whose value could not be used later: an amount that is none, a period that is no termin, attempts on
-- fewer than three days, a sample without its visits, an officer who is none.
CREATE OR REPLACE FUNCTION facts_judged(p_kinds text[], p_values jsonb[]) RETURNS void
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    v_bad text;
BEGIN
    SELECT f.kind || ': ' || left(f.value::text, 60) INTO v_bad
      FROM unnest(p_kinds, p_values) AS f(kind, value)
     WHERE CASE f.kind
            WHEN 'nominal' THEN rupiah_in(f.value) IS NULL
            WHEN 'nominal_per_komponen' THEN rupiah_in(f.value) IS NULL
            WHEN 'periode' THEN (f.value ->> 'periode' ~ '^20\d\d(0[1-9]|1[0-2])$') IS NOT TRUE
            WHEN 'bukti_3_kali_datang' THEN attempts_sound(f.value) IS NOT TRUE
            WHEN 'hasil_sampel' THEN sample_sound(f.value) IS NOT TRUE
            WHEN 'petugas_ditunjuk' THEN f.value ? 'pengguna' AND officers_named(f.value -> 'pengguna') = '{}'
            ELSE false END
     LIMIT 1;
    IF v_bad IS NOT NULL THEN
        RAISE EXCEPTION 'Isi bukti tidak sah: %.', v_bad USING ERRCODE = 'AL017', DETAIL = v_bad;
    END IF;
END $$;
