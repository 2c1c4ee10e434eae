-- A verval cycle, told to those whose turn it is: officers whose visits are given to them or come back, heads of villages
-- whose meeting is due, heads of Dinsos whose villages are late, verifikators for whom a sample is drawn. One notice per
-- person and step, however many families or villages it is about.

-- visits_told --
-- Tell officers the visits that these acts gave to them (V01, V04, V07) or sent back to them (V05). Whom an act names as
-- officer is told; where it names nobody, whoever holds the visit. Returns how many notices are new.
CREATE OR REPLACE FUNCTION visits_told(p_acts bigint[]) RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    v_told integer;
BEGIN
    WITH given AS MATERIALIZED (
        SELECT t.case_id, t.act, a.actor, r.id = 'V05' AS back,
               CASE WHEN r.id = 'V05' THEN NULL ELSE COALESCE(f.value, s.value) ->> 'pengguna' END AS named
          FROM unnest(p_acts) AS x(act)
          JOIN act a ON a.id = x.act AND a.trigger / 1000 = 7
          JOIN transition t ON t.act = a.id
          JOIN rule r ON r.code = t.rule AND r.id IN ('V01', 'V04', 'V05', 'V07')
         CROSS JOIN (SELECT code FROM fact_kind WHERE id = 'petugas_ditunjuk') AS k
          LEFT JOIN fact f ON f.case_id = t.case_id AND f.act = t.act AND f.kind = k.code
          LEFT JOIN act_fact s ON s.act = t.act AND s.kind = k.code
    ), list AS (
        SELECT COALESCE(u.id, v.petugas) AS reader, v.siklus, g.back, min(g.act) AS act,
               count(DISTINCT v.kunjungan) AS families, count(DISTINCT (v.region, v.paket)) AS packages,
               array_agg(DISTINCT v.region) AS regions, min(q.hari) AS first_day
          FROM given g
          JOIN siklus_keluarga v ON v.kunjungan = g.case_id
          JOIN siklus_paket q ON (q.siklus, q.region, q.nomor) = (v.siklus, v.region, v.paket)
          LEFT JOIN account_user u ON u.username = g.named
         WHERE COALESCE(u.id, v.petugas) <> g.actor
         GROUP BY 1, 2, 3
    ), worded AS (
        SELECT l.*, concat_ws(':', 'siklus', l.act, l.siklus, l.back) AS key,
               CASE WHEN l.back THEN 'siklus_ulang' ELSE 'siklus_tugas' END AS kind,
               CASE WHEN cardinality(l.regions) = 1 THEN l.regions[1] END AS region,
               jsonb_build_object(
                   'count', l.families, 'packages', l.packages, 'villages', cardinality(l.regions),
                   'region_name', COALESCE(g.name, l.regions[1]::text),
                   'first_day', CASE WHEN NOT l.back THEN to_char(l.first_day, 'YYYY-MM-DD') END,
                   'until', to_char(s.selesai, 'YYYY-MM-DD'),
                   'link', '/antrean?mesin=kunjungan') AS data
          FROM list l
          JOIN siklus s ON s.case_id = l.siklus
          LEFT JOIN region g ON g.code = l.regions[1]
    )
    SELECT notices_put(array_agg(w.reader), array_agg(w.kind), array_agg(w.key), array_agg(w.data), array_agg(false),
                       array_agg(w.region), array_agg(NULL::bigint))
      INTO v_told
      FROM (SELECT * FROM worded ORDER BY act) AS w;
    RETURN COALESCE(v_told, 0);
END $$;

-- villages_told --
-- Tell what these acts brought a cycle's villages to: the meeting (D03) to the head of the village, a sample to check
-- (D04) to verifikators, being late (D10) to the head of Dinsos. Returns how many notices are new.
CREATE OR REPLACE FUNCTION villages_told(p_acts bigint[]) RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    v_told integer;
BEGIN
    WITH step AS MATERIALIZED (
        SELECT t.case_id, t.act, a.actor, a.at, s.code AS state, c.region, c.period,
               CASE r.id WHEN 'D03' THEN 'siklus_musdes' WHEN 'D04' THEN 'siklus_sampel' ELSE 'siklus_terlambat' END AS told,
               CASE r.id WHEN 'D03' THEN 'kades' WHEN 'D04' THEN 'verifikator_kab' ELSE 'kepala_dinas' END AS role,
               CASE r.id WHEN 'D04' THEN (SELECT count(*) FROM siklus_sample(t.case_id)) END AS families
          FROM unnest(p_acts) AS x(act)
          JOIN act a ON a.id = x.act AND a.trigger / 1000 = 6
          JOIN transition t ON t.act = a.id
          JOIN rule r ON r.code = t.rule AND r.id IN ('D03', 'D04', 'D10')
          JOIN state s ON s.code = r.target
          JOIN case_ c ON c.id = t.case_id
    ), list AS (
        SELECT p.user_id AS reader, s.told, s.state, s.period, min(s.act) AS act, count(DISTINCT s.case_id) AS n,
               min(s.case_id) AS first, sum(s.families) AS families, min(s.region) AS region,
               (array_agg(DISTINCT COALESCE(g.name, s.region::text)))[1:10] AS names,
               min(deadline(s.at, state_time('sla', s.state, s.region, s.at), s.region)) AS due
          FROM step s
         CROSS JOIN LATERAL (SELECT DISTINCT o.user_id FROM people_over(ARRAY[s.role], s.region, s.region, alur_now()) o) p
          LEFT JOIN region g ON g.code = s.region
         WHERE p.user_id <> s.actor
         GROUP BY 1, 2, 3, 4
    ), worded AS (
        SELECT l.*, concat_ws(':', l.told, l.act, l.period) AS key,
               jsonb_build_object(
                   'count', l.n, 'regions', l.names, 'families', l.families,
                   'due', last_day(l.due, l.region),
                   'link', CASE WHEN l.n > 1
                       THEN '/antrean?mesin=siklus_desa&status=' || s.id
                       ELSE '/kasus/' || l.first END) AS data
          FROM list l JOIN state s ON s.code = l.state
    )
    SELECT notices_put(array_agg(w.reader), array_agg(w.told), array_agg(w.key), array_agg(w.data), array_agg(false),
                       array_agg(CASE WHEN w.n = 1 THEN w.region END), array_agg(CASE WHEN w.n = 1 THEN w.first END))
      INTO v_told
      FROM (SELECT * FROM worded ORDER BY act) AS w;
    RETURN COALESCE(v_told, 0);
END $$;
