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
BEGIN
    claim := 'baru';
    IF p_key IS NOT NULL THEN
        SELECT r.found, r.status, r.answer INTO claim, status, answer FROM request_begin(p_session, p_key, p_hash) r;
    END IF;
    IF claim = 'baru' THEN
        SELECT d.act, d.outcome, d.refusal, d.rule, d.state, d.cases, d.versions, d.missing
          INTO act, outcome, refusal, rule, state, cases, versions, missing
          FROM door_move(p_session, p_trigger, ARRAY[p_case], ARRAY[p_version], p_reason, p_note, p_facts) d;
        status := CASE outcome WHEN 'dipindah' THEN 201 WHEN 'menunggu' THEN 202 END;
        IF status IS NULL THEN
            PERFORM request_release(p_session, p_key);
        ELSE
            answer := jsonb_build_object('case', p_case, 'outcome', outcome, 'state', state, 'version', versions[1],
                                         'rule', rule, 'act', act);
            IF status = 202 THEN
                answer := answer || jsonb_build_object('refusal', refusal);
            END IF;
            PERFORM request_end(p_session, p_key, status, answer);
        END IF;
    END IF;
    RETURN NEXT;
END $$;
