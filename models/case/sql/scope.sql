-- Who may read what, and what nobody may write: row-level security, and triggers that even a superuser meets.

-- refuse_change --
-- Raised by every table of the door when somebody else writes it.
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'Tabel % hanya ditulis lewat pintu (door_move, door_open): % ditolak.', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'AL000',
              HINT = 'Riwayat tidak diubah; salah langkah dibetulkan dengan transisi koreksi_*.';
END $$;

DO $$
DECLARE
    name text;
BEGIN
    -- The log and everything that is history: only the door inserts; nobody updates, deletes or truncates.
    FOREACH name IN ARRAY ARRAY['case_', 'act', 'transition', 'refusal', 'fact', 'act_fact', 'nominal', 'confirmation',
                               'document']
    LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS only_door ON %I', name);
        EXECUTE format('DROP TRIGGER IF EXISTS append_only ON %I', name);
        EXECUTE format('CREATE TRIGGER only_door BEFORE INSERT ON %I FOR EACH STATEMENT
                        WHEN (current_user <> ''alur_door'') EXECUTE FUNCTION refuse_change()', name);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I FOR EACH STATEMENT
                        EXECUTE FUNCTION refuse_change()', name);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER only_door', name);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER append_only', name);
    END LOOP;
    -- Where a case stands, what it claims, what counters hold: only the door; never truncated.
    FOREACH name IN ARRAY ARRAY['position', 'claim', 'counter', 'seat_kept'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS only_door ON %I', name);
        EXECUTE format('DROP TRIGGER IF EXISTS never ON %I', name);
        EXECUTE format('CREATE TRIGGER only_door BEFORE INSERT OR UPDATE OR DELETE ON %I FOR EACH STATEMENT
                        WHEN (current_user <> ''alur_door'') EXECUTE FUNCTION refuse_change()', name);
        EXECUTE format('CREATE TRIGGER never BEFORE TRUNCATE ON %I FOR EACH STATEMENT
                        EXECUTE FUNCTION refuse_change()', name);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER only_door', name);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER never', name);
    END LOOP;
    -- Who decided what over which list, and what a family's data was before: written once.
    FOREACH name IN ARRAY ARRAY['decision', 'decision_case', 'approval_case', 'decree', 'household_history', 'siklus',
                               'siklus_benih', 'siklus_laporan', 'signin_event', 'read_event'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS append_only ON %I', name);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I FOR EACH STATEMENT
                        EXECUTE FUNCTION refuse_change()', name);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER append_only', name);
    END LOOP;
    -- A position is never deleted, not by the door either.
    DROP TRIGGER IF EXISTS no_delete ON position;
    CREATE TRIGGER no_delete BEFORE DELETE ON position FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
    ALTER TABLE position ENABLE ALWAYS TRIGGER no_delete;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Row-level security. The rule is written once for readers (seen_*: the session named in the transaction) and once
-- for the door (door_*: the session it was called with). With no identity both see nothing.
-- ---------------------------------------------------------------------------------------------------------------

DO $$
DECLARE
    name text;
    who record;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'household', 'person', 'household_history', 'account', 'case_', 'position', 'act', 'transition', 'refusal',
        'fact', 'act_fact', 'nominal', 'claim', 'confirmation', 'case_share', 'file_case', 'family_assignment', 'note',
        'batch', 'batch_run', 'wake', 'approval', 'approval_case', 'decision', 'decision_case', 'call', 'import_file',
        'decree', 'session', 'assignment', 'request', 'counter', 'account_user', 'actor_group', 'document', 'notice',
        'notice_delivery', 'notice_preference', 'notice_address', 'notice_link', 'notice_cursor', 'alert', 'alert_person',
        'stuck_digest', 'watch_region', 'stuck_tally', 'stuck_kab', 'stuck_daily', 'tally', 'tally_day', 'seat_kept',
        'case_comment', 'siklus', 'siklus_benih', 'siklus_keluarga', 'siklus_paket', 'siklus_laporan',
        'credential', 'second_factor', 'recovery_code', 'signin_challenge', 'signin_throttle', 'signin_place',
        'signin_link', 'signin_event', 'assignment_request', 'handover', 'handover_family', 'read_event',
        'notulen', 'notulen_keluarga', 'laporan_cacah']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        FOR who IN SELECT policyname FROM pg_policies WHERE tablename = name AND schemaname = 'public' LOOP
            EXECUTE format('DROP POLICY %I ON %I', who.policyname, name);
        END LOOP;
    END LOOP;

    FOR who IN SELECT * FROM (VALUES
            ('readers', 'alur_api, alur_worker, alur_auditor', 'seen'), ('door', 'alur_door', 'door')) AS w(label, roles, via)
    LOOP
        -- What may be read may be written only by the door, whose functions write what they were shown.
        -- A family is seen by its region, by whoever it is assigned to, by its own members, by programmes it is in.
        EXECUTE format($policy$
            CREATE POLICY %1$s_scope ON household FOR ALL TO %2$s USING (
                region BETWEEN (SELECT %3$s_lo()) AND (SELECT %3$s_hi())
                OR ((SELECT %3$s_lo()) IS NULL AND (
                    household_in_sight(id, (SELECT %3$s_families_of()), (SELECT %3$s_household()))
                    OR EXISTS (SELECT 1 FROM case_ c
                                WHERE c.household_id = household.id AND c.programme = (SELECT %3$s_programme()))))
            ) WITH CHECK (true)$policy$, who.label, who.roles, who.via);
        EXECUTE format($policy$
            CREATE POLICY %1$s_scope ON family_assignment FOR SELECT TO %2$s USING (
                user_id = (SELECT %3$s_families_of())
            )$policy$, who.label, who.roles, who.via);
        EXECUTE format($policy$
            CREATE POLICY %1$s_scope ON case_share FOR SELECT TO %2$s USING (
                region BETWEEN (SELECT %3$s_lo()) AND (SELECT %3$s_hi())
            )$policy$, who.label, who.roles, who.via);
    END LOOP;

    CREATE POLICY readers_scope ON file_case FOR SELECT TO alur_api, alur_worker, alur_auditor USING (
        organisation = (SELECT seen_organisation()) AND ended_at IS NULL OR (SELECT seen_is_system()));

    -- A case is seen by its region, by its programme, and in the ways of case_in_sight. A policy is copied into every
    -- statement that touches its table, so the door's is short.
    FOREACH name IN ARRAY ARRAY['case_', 'position'] LOOP
        EXECUTE format($policy$
            CREATE POLICY readers_scope ON %1$I FOR SELECT TO alur_api, alur_worker, alur_auditor USING (
                region BETWEEN (SELECT seen_lo()) AND (SELECT seen_hi())
                OR programme = (SELECT seen_programme())
                OR case_in_sight(%2$s, (SELECT seen_lo()), (SELECT seen_hi()), (SELECT seen_families_of()),
                                 (SELECT seen_household()), (SELECT seen_organisation()))
            )$policy$, name, CASE name WHEN 'case_' THEN 'id' ELSE 'case_id' END);
        EXECUTE format($policy$
            CREATE POLICY door_scope ON %1$I FOR ALL TO alur_door USING (
                region BETWEEN (SELECT door_lo()) AND (SELECT door_hi()) OR door_sees(%2$s, programme)
            ) WITH CHECK (true)$policy$, name, CASE name WHEN 'case_' THEN 'id' ELSE 'case_id' END);
    END LOOP;

    -- What hangs on a family or a case is seen with it.
    FOREACH name IN ARRAY ARRAY['person', 'household_history', 'account'] LOOP
        EXECUTE format('CREATE POLICY readers_scope ON %1$I FOR SELECT TO alur_api, alur_worker, alur_auditor
            USING (EXISTS (SELECT 1 FROM household h WHERE h.id = %1$I.household_id))', name);
        -- A bank mends accounts and never sees the family: its answers and its desil are not the bank's business.
        EXECUTE format('CREATE POLICY door_scope ON %1$I FOR ALL TO alur_door
            USING (EXISTS (SELECT 1 FROM household h WHERE h.id = %1$I.household_id)%2$s)', name,
            CASE WHEN name IN ('person', 'account') THEN ' OR (SELECT door_organisation()) IS NOT NULL
                AND account_in_hand(household_id, (SELECT door_organisation()))' END);
    END LOOP;
    -- A citizen who objects to another family sees what became of it, his own words, and nothing that others said; nor
    -- the family's answer and appeal (S17, S18, S28).
    FOREACH name IN ARRAY ARRAY['transition', 'refusal', 'fact', 'nominal', 'confirmation', 'claim', 'document'] LOOP
        EXECUTE format('CREATE POLICY readers_scope ON %1$I FOR SELECT TO alur_api, alur_worker, alur_auditor
            USING (EXISTS (SELECT 1 FROM position p WHERE p.case_id = %1$I.case_id)%2$s)', name, CASE name
            WHEN 'transition' THEN ' AND ((SELECT seen_household()) IS NULL OR rule NOT IN (4017, 4018, 4028)
                OR words_open(case_id, act, (SELECT seen_household())))'
            WHEN 'fact' THEN ' AND ((SELECT seen_household()) IS NULL
                OR words_open(case_id, act, (SELECT seen_household())))'
            WHEN 'document' THEN ' AND ((SELECT seen_household()) IS NULL
                OR words_open(case_id, act, (SELECT seen_household())))'
            ELSE '' END);
        -- The door reaches these only through positions it has already been shown.
        EXECUTE format('CREATE POLICY door_scope ON %I FOR ALL TO alur_door USING (true) WITH CHECK (true)', name);
    END LOOP;
    -- An act is seen by whoever did it and by whoever sees a case it moved, refused, told something about, or asked a
    -- second person for.
    CREATE POLICY readers_scope ON act FOR SELECT TO alur_api, alur_worker, alur_auditor USING (
        (SELECT seen_user()) IS NOT NULL AND (
            actor = (SELECT seen_user())
            OR EXISTS (SELECT 1 FROM transition t WHERE t.act = act.id)
            OR EXISTS (SELECT 1 FROM refusal f WHERE f.act = act.id)
            OR EXISTS (SELECT 1 FROM confirmation c WHERE c.act = act.id)
            OR (approval IS NOT NULL AND EXISTS (SELECT 1 FROM approval a WHERE a.id = act.approval))
            OR EXISTS (SELECT 1 FROM household h WHERE h.act = act.id)));
    FOREACH name IN ARRAY ARRAY['note', 'act_fact'] LOOP
        EXECUTE format('CREATE POLICY readers_scope ON %1$I FOR SELECT TO alur_api, alur_worker, alur_auditor
            USING (EXISTS (SELECT 1 FROM act a WHERE a.id = %1$I.act)
                   AND ((SELECT seen_household()) IS NULL OR words_open(NULL, act, (SELECT seen_household()))))', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['act', 'note', 'act_fact', 'file_case', 'session', 'assignment', 'request', 'counter', 'seat_kept', 'batch', 'batch_run',
                                'wake', 'approval', 'approval_case', 'decision', 'decision_case', 'decree', 'call'] LOOP
        EXECUTE format('CREATE POLICY door_scope ON %I FOR ALL TO alur_door USING (true) WITH CHECK (true)', name);
    END LOOP;
    -- What colleagues tell each other about a case is neither the family's nor the payer's to read.
    CREATE POLICY readers_scope ON case_comment FOR SELECT TO alur_api, alur_auditor USING (
        (SELECT seen_household()) IS NULL AND (SELECT seen_organisation()) IS NULL
        AND EXISTS (SELECT 1 FROM position p WHERE p.case_id = case_comment.case_id));
    CREATE POLICY door_scope ON case_comment FOR ALL TO alur_door USING (true) WITH CHECK (true);
    CREATE POLICY door_insert ON case_share FOR INSERT TO alur_door WITH CHECK (true);
    CREATE POLICY door_insert ON family_assignment FOR INSERT TO alur_door WITH CHECK (true);

    -- A cycle concerns everybody who works here; its families and packages are their region's, a family also its officer's.
    CREATE POLICY readers_scope ON siklus FOR SELECT TO alur_api, alur_worker, alur_auditor USING (
        (SELECT seen_user()) IS NOT NULL);
    FOREACH name IN ARRAY ARRAY['siklus_keluarga', 'siklus_paket', 'siklus_laporan'] LOOP
        EXECUTE format('CREATE POLICY readers_scope ON %I FOR SELECT TO alur_api, alur_worker, alur_auditor
            USING (region BETWEEN (SELECT seen_lo()) AND (SELECT seen_hi()) %s)', name, CASE name
                WHEN 'siklus_keluarga' THEN 'OR (SELECT seen_lo()) IS NULL
                    AND household_in_sight(household_id, (SELECT seen_families_of()), (SELECT seen_household()))'
                WHEN 'siklus_paket' THEN 'OR petugas = (SELECT seen_families_of())' ELSE '' END);
    END LOOP;
    -- What was counted of a kecamatan is for those whose region holds it, and of one programme for those who run it.
    CREATE POLICY readers_scope ON laporan_cacah FOR SELECT TO alur_api, alur_auditor USING (
        region * 10000 >= (SELECT seen_lo()) AND region * 10000 + 9999 <= (SELECT seen_hi())
        OR programme = (SELECT seen_programme()));
    -- The seed of the samples is nobody's to read but the door's.
    FOREACH name IN ARRAY ARRAY['siklus', 'siklus_benih', 'siklus_keluarga', 'siklus_paket', 'siklus_laporan'] LOOP
        EXECUTE format('CREATE POLICY door_scope ON %I FOR ALL TO alur_door USING (true) WITH CHECK (true)', name);
    END LOOP;

    -- Batches are seen inside one's region or programme; gates also by the role they wait for.
    CREATE POLICY readers_scope ON batch FOR SELECT TO alur_api, alur_auditor USING (
        (lo >= (SELECT seen_lo()) AND hi <= (SELECT seen_hi())) OR programme = (SELECT seen_programme())
        OR EXISTS (SELECT 1 FROM approval a WHERE a.batch = batch.id AND a.programme = (SELECT seen_programme())));
    CREATE POLICY readers_scope ON approval FOR SELECT TO alur_api, alur_auditor USING (
        (lo >= (SELECT seen_lo()) AND hi <= (SELECT seen_hi())) OR programme = (SELECT seen_programme())
        OR role = (SELECT (seen()).role) AND (SELECT seen_organisation()) IS NOT NULL);
    CREATE POLICY readers_scope ON decree FOR SELECT TO alur_api, alur_auditor USING (
        EXISTS (SELECT 1 FROM batch b WHERE b.id = decree.batch));
    FOREACH name IN ARRAY ARRAY['approval_case', 'decision', 'decision_case'] LOOP
        EXECUTE format('CREATE POLICY readers_scope ON %1$I FOR SELECT TO alur_api, alur_auditor
            USING (EXISTS (SELECT 1 FROM approval a WHERE a.id = %1$I.approval))', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['batch_run', 'wake', 'call', 'import_file'] LOOP
        EXECUTE format('CREATE POLICY readers_scope ON %1$I FOR SELECT TO alur_api, alur_auditor
            USING (EXISTS (SELECT 1 FROM batch b WHERE b.id = %1$I.batch))', name);
    END LOOP;
    CREATE POLICY api_insert ON import_file FOR INSERT TO alur_api WITH CHECK (
        EXISTS (SELECT 1 FROM batch b WHERE b.id = import_file.batch));
    CREATE POLICY api_update ON import_file FOR UPDATE TO alur_api USING (
        EXISTS (SELECT 1 FROM batch b WHERE b.id = import_file.batch));
    -- Flows see all work, and cases only through the session of their batch.
    FOREACH name IN ARRAY ARRAY['batch', 'batch_run', 'wake', 'approval', 'approval_case', 'decision', 'decision_case',
                                'call', 'decree', 'import_file'] LOOP
        EXECUTE format('CREATE POLICY worker_all ON %I FOR ALL TO alur_worker USING (true) WITH CHECK (true)', name);
    END LOOP;
    -- Names of colleagues are for those who work here: a connection without identity reads none.
    FOREACH name IN ARRAY ARRAY['account_user', 'actor_group'] LOOP
        EXECUTE format('CREATE POLICY readers_scope ON %I FOR SELECT TO alur_api, alur_worker, alur_auditor
            USING ((SELECT seen_user()) IS NOT NULL%2$s)', name, CASE name
            WHEN 'actor_group' THEN ' AND (cardinality(members) > 1 OR mask_open(members, seen()))' ELSE '' END);
        EXECUTE format('CREATE POLICY door_scope ON %I FOR ALL TO alur_door USING (true) WITH CHECK (true)', name);
    END LOOP;
    -- What one is told, how, and where one is reached is one's own; the sender sees all of it.
    FOREACH name IN ARRAY ARRAY['notice', 'notice_delivery', 'notice_preference', 'notice_address'] LOOP
        EXECUTE format('CREATE POLICY own ON %I FOR SELECT TO alur_api, alur_auditor
            USING (user_id = (SELECT seen_user()))', name);
        EXECUTE format('CREATE POLICY worker_all ON %I FOR SELECT TO alur_worker USING (true)', name);
    END LOOP;
    -- What is stuck is seen with its case, inside one's region or programme; who knows of it, by him and with it.
    CREATE POLICY readers_scope ON alert FOR SELECT TO alur_api, alur_auditor USING (
        CASE subject WHEN 'kasus' THEN EXISTS (SELECT 1 FROM position p WHERE p.case_id = alert.key)
             ELSE (lo >= (SELECT seen_lo()) AND hi <= (SELECT seen_hi())) OR programme = (SELECT seen_programme()) END);
    CREATE POLICY readers_scope ON alert_person FOR SELECT TO alur_api, alur_auditor USING (
        user_id = (SELECT seen_user()) OR EXISTS (SELECT 1 FROM alert a WHERE a.id = alert_person.alert));
    FOREACH name IN ARRAY ARRAY['stuck_tally', 'stuck_daily'] LOOP
        EXECUTE format('CREATE POLICY readers_scope ON %I FOR SELECT TO alur_api, alur_auditor USING (
            region BETWEEN (SELECT seen_lo()) AND (SELECT seen_hi()) OR programme = (SELECT seen_programme()))', name);
    END LOOP;
    CREATE POLICY readers_scope ON stuck_kab FOR SELECT TO alur_api, alur_auditor USING (
        (SELECT sees_whole_kabupaten()) AND kabupaten BETWEEN (SELECT seen_lo()) / 1000000 AND (SELECT seen_hi()) / 1000000
        OR programme = (SELECT seen_programme()));
    FOREACH name IN ARRAY ARRAY['tally', 'tally_day'] LOOP
        EXECUTE format('CREATE POLICY readers_scope ON %I FOR SELECT TO alur_api, alur_auditor USING (
            lo >= (SELECT seen_lo()) AND hi <= (SELECT seen_hi()) OR programme = (SELECT seen_programme()))', name);
    END LOOP;
    CREATE POLICY readers_scope ON watch_region FOR SELECT TO alur_api, alur_auditor USING (
        region BETWEEN (SELECT seen_lo()) / 1000000 AND (SELECT seen_hi()) / 1000000);
    FOREACH name IN ARRAY ARRAY['alert', 'alert_person', 'stuck_digest', 'watch_region', 'stuck_tally', 'stuck_kab',
                               'stuck_daily'] LOOP
        EXECUTE format('CREATE POLICY worker_all ON %I FOR ALL TO alur_worker USING (true) WITH CHECK (true)', name);
    END LOOP;
    -- What happened to an account is seen by its owner, by whoever keeps it, and by auditors. Of everything else that
    -- proves a person nobody reads a row.
    CREATE POLICY readers_scope ON signin_event FOR SELECT TO alur_api, alur_auditor
        USING (user_id = (SELECT seen_user()) OR staff_sees(user_id));
    -- Who looked at a family is told to auditors and to the family. Hand-overs answer through their functions alone.
    CREATE POLICY readers_scope ON read_event FOR SELECT TO alur_api, alur_auditor USING (
        (SELECT (seen()).scope) = 'national_read' OR household_id = (SELECT seen_household()));
    -- The minutes of a meeting are seen with its list, what they say of a family with the family's case.
    CREATE POLICY readers_scope ON notulen FOR SELECT TO alur_api, alur_auditor
        USING (EXISTS (SELECT 1 FROM batch b WHERE b.id = notulen.batch));
    CREATE POLICY readers_scope ON notulen_keluarga FOR SELECT TO alur_api, alur_auditor
        USING (EXISTS (SELECT 1 FROM position p WHERE p.case_id = notulen_keluarga.case_id));
    CREATE POLICY own ON assignment FOR SELECT TO alur_api, alur_auditor USING (
        user_id = (SELECT seen_user()) OR (SELECT seen_lo()) IS NOT NULL AND lo >= (SELECT seen_lo()) AND hi <= (SELECT seen_hi()));
END $$;
