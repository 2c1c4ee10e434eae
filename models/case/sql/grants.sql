-- Who may call and touch what: the application reads tables, and writes through functions.

-- They look across regions, so they belong to the owner of the tables and only flows and the door may ask.
REVOKE ALL ON FUNCTION register_separated(bigint[]), register_twins(bigint[]), paid_elsewhere(bigint, smallint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION register_separated(bigint[]), register_twins(bigint[]), paid_elsewhere(bigint, smallint, integer)
    TO alur_worker;
GRANT EXECUTE ON FUNCTION paid_elsewhere(bigint, smallint, integer) TO alur_door;

-- They look past row-level security for its own policies, which run with the rights of whoever reads.
REVOKE ALL ON FUNCTION moves_away(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION moves_away(bigint, bigint) TO alur_door;
REVOKE ALL ON FUNCTION account_in_hand(bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION account_in_hand(bigint, text) TO alur_door;
REVOKE ALL ON FUNCTION mask_open(integer[], identity), objection_mine(bigint, bigint), words_open(bigint, bigint, bigint),
    officer_free(bigint, text), payers_of(bigint, bigint, bigint), objection_intake(bigint[]),
    objection_family(uuid, text, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mask_open(integer[], identity), words_open(bigint, bigint, bigint)
    TO alur_api, alur_worker, alur_auditor, alur_door;
GRANT EXECUTE ON FUNCTION objection_mine(bigint, bigint), officer_free(bigint, text), payers_of(bigint, bigint, bigint)
    TO alur_door;
GRANT EXECUTE ON FUNCTION objection_intake(bigint[]) TO alur_worker;
GRANT EXECUTE ON FUNCTION objection_family(uuid, text, text, bigint) TO alur_api;
REVOKE ALL ON FUNCTION siklus_officers(bigint, bigint), siklus_hands(bigint, bigint), visits_given(bigint[], integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION siklus_officers(bigint, bigint), siklus_hands(bigint, bigint), visits_given(bigint[], integer[]) TO alur_door;
REVOKE ALL ON FUNCTION household_in_sight(bigint, integer, bigint),
    case_in_sight(bigint, bigint, bigint, integer, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION household_in_sight(bigint, integer, bigint),
    case_in_sight(bigint, bigint, bigint, integer, bigint, text) TO alur_api, alur_worker, alur_auditor, alur_door;

-- Notices are written and sent past row-level security: for anybody by functions of the owner and of the door, in the
-- system's name by flows, and about themselves by people.
DO $$
DECLARE
    f record;
BEGIN
    FOR f IN
        SELECT p.oid::regprocedure AS signature, w.role
          FROM pg_proc p JOIN (VALUES
               ('notices_put', 'alur_door'), ('notice_put', 'alur_door'), ('weekly_zone', NULL), ('notice_notify', 'alur_worker'), ('fate_read', 'alur_worker'),
               ('weekly_tell', 'alur_worker'), ('deliveries_claim', 'alur_worker'), ('delivery_sent', 'alur_worker'),
               ('delivery_later', 'alur_worker'), ('delivery_failed', 'alur_worker'), ('notice_link_use', 'alur_worker'),
               ('notice_mark_read', 'alur_api'), ('notice_prefer', 'alur_api'), ('notice_address_keep', 'alur_api'),
               ('notice_link_make', 'alur_api'), ('dead_scope', NULL), ('dead_letters', NULL), ('dead_resend', NULL),
               ('demand_system', NULL), ('news_next', NULL), ('tally_moves', NULL),
               ('tally_standing', NULL), ('tally_begin', NULL), ('tally_count', NULL), ('tally_differences', NULL), ('tally_read', 'alur_worker'),
               ('tally_again', NULL), ('fates_told', NULL), ('objection_parties', NULL), ('objections_told', NULL),
               ('visits_told', NULL), ('villages_told', NULL), ('family_readers', NULL), ('aid_steps', NULL),
               ('aid_told', NULL), ('member_meant', NULL),
               ('deliveries_dead', 'alur_api'), ('deliveries_resend', 'alur_api')) AS w(name, role) ON w.name = p.proname
         WHERE p.pronamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f.signature);
        IF f.role IS NOT NULL THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', f.signature, f.role);
        END IF;
    END LOOP;
END $$;

-- What proves a person is judged past row-level security; the functions beside those named here are nobody's to call.
DO $$
DECLARE
    f record;
BEGIN
    FOR f IN
        SELECT p.oid::regprocedure AS signature, asked
          FROM pg_proc p
          JOIN (SELECT unnest(ARRAY[
                    'link_chat', 'link_known', 'link_start', 'link_use', 'own_chat', 'own_factor',
                    'own_factor_end', 'own_password', 'own_recovery', 'proof_begin', 'proof_right',
                    'session_leave', 'session_revoke', 'session_seen', 'session_switch', 'sessions_own',
                    'signin_answer', 'signin_begin', 'signin_choices', 'signin_code_made', 'signin_factors',
                    'signin_forgot', 'signin_password', 'signin_reset', 'signin_session', 'staff_active',
                    'staff_decide', 'staff_end', 'staff_link', 'staff_list', 'staff_put', 'staff_requests',
                    'staff_sees', 'token_make', 'assignments_own', 'delegation_put', 'delegation_end', 'delegations_seen',
                    'delegation_choices', 'handover_offer', 'handover_accept', 'handover_end', 'handovers_seen',
                    'handover_families', 'officers_load', 'read_note', 'musdes_record', 'musdes_forget'
                ]) AS name, true AS asked
                UNION ALL
                SELECT unnest(ARRAY[
                    'signin_note', 'signin_rule', 'throttle_take', 'throttle_clear', 'place_known', 'signin_keys',
                    'signin_sweep', 'account_tell', 'challenge_open', 'factor_proved', 'assignments_of',
                    'session_open', 'sessions_end', 'demand_signed_in', 'link_make', 'chat_of', 'recovery_keep',
                    'password_keep', 'factor_keep', 'staff_span', 'staff_within', 'staff_roles', 'staff_keeps',
                    'staff_mixed', 'staff_grant', 'delegation_fits', 'delegation_able', 'delegation_fault',
                    'delegation_begin', 'delegations_end', 'pendamping_of', 'families_held', 'officer_cases',
                    'handover_barred', 'handover_tell', 'officer_told',
                    'officer_barred'
                ]), false) AS w ON w.name = p.proname
         WHERE p.pronamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC, alur_api, alur_worker, alur_auditor', f.signature);
        IF f.asked THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO alur_api', f.signature);
        END IF;
    END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION staff_sees(integer) TO alur_auditor;
REVOKE ALL ON FUNCTION handovers_lapse() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION handovers_lapse() TO alur_worker;

-- They choose rows of the log past row-level security, under the scope of the session named in the transaction.
REVOKE ALL ON FUNCTION audit_paper_known(text), audit_trail(jsonb, boolean, boolean, integer),
    audit_position(bigint, bigint, timestamptz),
    audit_deeds(integer[], timestamptz, timestamptz, timestamptz, bigint, integer),
    audit_signals(bigint, bigint, bigint, timestamptz, timestamptz),
    audit_hasty(bigint, bigint, timestamptz, timestamptz, integer, integer),
    audit_mass(bigint, bigint, timestamptz, timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_paper_known(text), audit_trail(jsonb, boolean, boolean, integer),
    audit_position(bigint, bigint, timestamptz),
    audit_deeds(integer[], timestamptz, timestamptz, timestamptz, bigint, integer),
    audit_signals(bigint, bigint, bigint, timestamptz, timestamptz),
    audit_hasty(bigint, bigint, timestamptz, timestamptz, integer, integer),
    audit_mass(bigint, bigint, timestamptz, timestamptz, integer) TO alur_api, alur_auditor;

REVOKE ALL ON FUNCTION failures_counted(smallint[], bigint, bigint, bigint), funds_standing(bigint[]),
    report_counted(bigint, bigint, bigint, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION failures_counted(smallint[], bigint, bigint, bigint), funds_standing(bigint[]),
    report_counted(bigint, bigint, bigint, integer, integer) TO alur_api, alur_auditor;
REVOKE ALL ON FUNCTION report_rows(bigint, bigint, bigint, integer, integer, text), report_keep(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION report_keep(bigint) TO alur_worker;

-- The queue and the moment of the counts are read past row-level security, under the scope of the session.
REVOKE ALL ON FUNCTION queue_rows(smallint, bigint, bigint, smallint, integer, timestamptz, bigint, integer, smallint), queue_few(),
    tally_as_of(), register_search(text, text, text, integer), person_place(), household_moved() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION queue_rows(smallint, bigint, bigint, smallint, integer, timestamptz, bigint, integer, smallint),
    queue_few(), tally_as_of(), register_search(text, text, text, integer) TO alur_api, alur_worker, alur_auditor;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, alur_api, alur_worker, alur_auditor, alur_public;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, alur_api, alur_worker, alur_auditor, alur_public;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO alur_api, alur_worker, alur_auditor, alur_public, alur_door;

GRANT SELECT ON
    machine, role, programme, jenis, state, trigger, reason, fact_kind, need, rule, arrow, refusal_code,
    clock, holiday, window_extension, policy_version, policy, region, jenis_effect, batch_watch
    TO alur_api, alur_worker, alur_auditor, alur_public, alur_door;
GRANT SELECT ON
    household, person, household_history, account, case_, position, act, transition, refusal, fact, act_fact, nominal,
    confirmation, case_share, file_case, family_assignment, note, batch, batch_run, wake, approval, approval_case,
    decision, decision_case, call, import_file, decree, assignment, account_user, actor_group, document,
    siklus, siklus_keluarga, siklus_paket, siklus_laporan
    TO alur_api, alur_worker, alur_auditor;
GRANT SELECT ON signin_event, read_event, notulen, notulen_keluarga, case_comment, laporan_cacah TO alur_api, alur_auditor;
GRANT SELECT ON notice, notice_delivery, notice_preference TO alur_api, alur_worker, alur_auditor;
GRANT SELECT (user_id, channel, address, at, blocked_at, blocked_why) ON notice_address TO alur_api;
GRANT SELECT ON notice_address TO alur_worker;
GRANT SELECT ON alert, alert_person, watch_region, stuck_tally, stuck_kab, stuck_daily TO alur_api, alur_worker, alur_auditor;
GRANT SELECT ON tally, tally_day TO alur_api, alur_auditor;
GRANT INSERT, UPDATE ON alert, watch_region, stuck_daily TO alur_worker;
GRANT INSERT ON alert_person TO alur_worker;
GRANT SELECT, INSERT, UPDATE ON stuck_digest TO alur_worker;
GRANT INSERT, DELETE ON stuck_tally, stuck_kab TO alur_worker;
GRANT DELETE ON stuck_daily TO alur_worker;
GRANT INSERT, UPDATE ON import_file TO alur_api;
GRANT INSERT, UPDATE ON call TO alur_worker;
GRANT SELECT, INSERT, UPDATE ON feed, heartbeat TO alur_worker;
GRANT DELETE ON feed TO alur_worker;
GRANT SELECT ON feed, heartbeat TO alur_api;
GRANT UPDATE ON wake, batch TO alur_worker;

GRANT SELECT ON ALL TABLES IN SCHEMA public TO alur_door;
GRANT INSERT ON case_, position, act, transition, refusal, fact, act_fact, nominal, claim, counter, seat_kept, confirmation,
    case_share, file_case, note, batch, batch_run, wake, approval, approval_case, decision, decision_case,
    request, session, household, person, household_history, account, actor_group, decree, family_assignment, document,
    holiday, window_extension, siklus, siklus_benih, siklus_keluarga, siklus_paket, siklus_laporan, case_comment
    TO alur_door;
GRANT UPDATE ON position, counter, batch, batch_run, wake, approval, request, household, person, account, file_case,
    holiday, window_extension, siklus_keluarga, siklus_paket TO alur_door;
GRANT DELETE ON claim, seat_kept, request TO alur_door;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO alur_door;

DO $$
DECLARE
    f record;
BEGIN
    -- The door's functions belong to the door; what runs with its rights may be called only by those named here.
    FOR f IN
        SELECT p.oid::regprocedure AS signature, p.proname AS name, p.prosecdef AS definer
          FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
         WHERE n.nspname = 'public' AND p.prokind = 'f' AND p.proname IN (
            'door_move', 'door_move_once', 'door_open', 'door_facts', 'door_options', 'door_preview', 'case_facts', 'document_add', 'comment_add', 'door_enlist', 'door_file',
            'door_apply', 'door_after', 'open_apply', 'door_linked', 'door_linked_open', 'counter_add',
            'counter_blocked', 'claim_back', 'claim_taken', 'assign_family', 'move_family', 'split_family', 'household_keep',
            'proposal_applied', 'wake_watching', 'actor_of', 'approval_open', 'approval_decide', 'approval_execute', 'batch_open', 'batch_entries',
            'wake_batch', 'lease_reserve', 'lease_take', 'lease_keep', 'lease_end', 'request_begin', 'request_end', 'request_kept', 'request_release', 'request_forget', 'register_save',
            'register_history', 'register_checked', 'register_answered', 'register_ranked', 'register_strangers', 'account_save', 'account_payee', 'accounts_judged', 'work_session', 'identify', 'seen', 'system_identity',
            'approval_identity', 'deciders_of', 'calendar_act', 'calendar_keeper', 'windows_turned', 'holiday_import', 'holiday_withdraw',
            'window_extend', 'window_withdraw', 'mask_of', 'masked', 'objection_moves', 'objection_opens', 'objection_after',
            'siklus_linked', 'visits_moved', 'visits_opened', 'visits_recorded', 'visit_effects', 'siklus_freeze', 'siklus_proposed',
            'siklus_drawn', 'siklus_all', 'siklus_report', 'siklus_forecast', 'siklus_held', 'siklus_takers', 'siklus_missed', 'siklus_tally', 'siklus_send_out',
            'door_standing', 'officer_told')
    LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO alur_door', f.signature);
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f.signature);
        IF f.name IN ('door_move', 'door_move_once', 'door_open', 'door_facts', 'door_options', 'door_preview', 'case_facts', 'document_add', 'comment_add', 'approval_decide',
                      'batch_open', 'batch_entries', 'wake_batch', 'request_begin', 'request_end', 'request_kept', 'request_release', 'register_save', 'account_save',
                      'account_payee', 'holiday_import', 'holiday_withdraw', 'window_extend', 'window_withdraw',
                      'siklus_proposed', 'siklus_drawn', 'siklus_held', 'siklus_takers') THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO alur_api, alur_worker', f.signature);
        ELSIF f.name IN ('register_history', 'siklus_all', 'siklus_forecast', 'siklus_missed', 'siklus_tally') THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO alur_api, alur_worker, alur_auditor', f.signature);
        ELSIF f.name IN ('identify', 'seen') THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO alur_api, alur_worker, alur_auditor', f.signature);
        ELSIF f.name IN ('door_enlist', 'door_file', 'approval_open', 'approval_execute', 'lease_reserve', 'lease_take', 'lease_keep',
                         'lease_end', 'request_forget', 'register_checked', 'register_answered', 'register_ranked', 'register_strangers', 'accounts_judged', 'work_session',
                         'siklus_freeze', 'siklus_report', 'siklus_send_out', 'door_standing') THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO alur_worker', f.signature);
        END IF;
    END LOOP;
END $$;
