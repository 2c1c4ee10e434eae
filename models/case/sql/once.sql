-- One move under a request key.

-- door_move_once --
-- Move one case and keep the answer under its request key, in one statement: a person waits for every round trip.
-- `claim` is what request_begin says of the key; 'sama' brings the status and answer that were kept, and for 'baru' the
-- rest is what the door says. A move is kept as 201 and a first click as 202, with the outcome as models.case.outcomes
-- tells it, but for the words of the refusal, of which the code is kept. A refusal gives the key back. Without a key
-- nothing is kept.
CREATE OR REPLACE FUNCTION door_move_once(
    p_session uuid, p_key text, p_hash text, p_trigger text, p_case bigint, p_version integer, p_reason text,
    p_note text, p_facts jsonb
) RETURNS TABLE (
    claim text, status integer, answer jsonb, act bigint, outcome text, refusal text, rule text, state text,
    cases bigint[], versions integer[], missing text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    me identity := identify(p_session);
    v_principal integer := me.user_id;
    v_kept jsonb;
BEGIN
    claim := 'baru';
    IF p_key IS NOT NULL THEN
        SELECT r.claim, r.status, r.answer INTO claim, status, answer FROM request_claim(v_principal, p_key, p_hash) r;
    END IF;
    IF claim = 'baru' THEN
        -- What door_move and request_end do, by the identity that is known already: asking for it takes as long as
        -- claiming the key.
        IF me.scope = 'own_nik' THEN
            me := masked(me, ARRAY[p_case]);
        END IF;
        PERFORM door_enter(me);
        SELECT d.act, d.outcome, d.refusal, d.rule, d.state, d.cases, d.versions, d.missing
          INTO act, outcome, refusal, rule, state, cases, versions, missing
          FROM door_apply(me, trigger_code(p_trigger), ARRAY[p_case], ARRAY[p_version], reason_code(p_reason), p_note,
                          COALESCE(p_facts, '{}'), '{}', '{}', '{}', NULL, NULL, 1, NULL, NULL) d;
        status := CASE outcome WHEN 'dipindah' THEN 201 WHEN 'menunggu' THEN 202 END;
        IF status IS NULL THEN
            PERFORM request_release(p_session, p_key);
        ELSE
            v_kept := jsonb_build_object('case', p_case, 'outcome', outcome, 'state', state, 'version', versions[1],
                                         'rule', rule, 'act', act);
            IF status = 202 THEN
                v_kept := v_kept || jsonb_build_object('refusal', refusal);
            END IF;
            PERFORM request_keep(v_principal, p_key, status, v_kept);
        END IF;
    END IF;
    RETURN NEXT;
END $$;
