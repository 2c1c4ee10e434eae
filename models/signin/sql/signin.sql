-- From NIK and password to a session: an attempt is a row that passes from step to step, locked while it does.

-- account_tell --
-- Tell somebody what happened to his account, by the channel he chose, at any hour.
CREATE OR REPLACE FUNCTION account_tell(p_user integer, p_what text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT notice_put(p_user, 'akun', 'akun:' || gen_random_uuid(), jsonb_build_object('what', p_what), true, NULL, NULL)
$$;

-- challenge_open --
-- Begin an attempt whose caller holds a secret with this hash; for a NIK that nobody has the user is null.
CREATE OR REPLACE FUNCTION challenge_open(
    p_challenge text, p_user integer, p_purpose text, p_network text, p_agent text, p_known boolean
) RETURNS timestamptz
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    INSERT INTO signin_challenge (id, user_id, purpose, network, user_agent, known, made_at, expires_at)
    VALUES (p_challenge, p_user, p_purpose, p_network, p_agent, p_known, clock_timestamp(),
            clock_timestamp() + make_interval(mins => signin_rule('kode', 'percobaan_menit')::integer))
    RETURNING expires_at
$$;

-- signin_begin --
-- Count an attempt and return what its password is judged by. wait_s above 0: nothing was looked up, come back later.
-- A NIK that nobody has, an account that is closed and one without a password answer alike: no hash.
CREATE OR REPLACE FUNCTION signin_begin(p_nik text, p_network text, p_device text)
RETURNS TABLE (wait_s double precision, password_hash text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    v_user integer := (SELECT c.user_id FROM credential c WHERE c.nik_hash = p_nik);
    v_keys record := signin_keys(p_nik, v_user, p_network, p_device);
BEGIN
    wait_s := throttle_take(v_keys.keys, v_keys.rules);
    IF wait_s > 0 THEN
        PERFORM signin_note('gagal', v_user, NULL, NULL, NULL, p_network, 'ditahan');
    ELSE
        SELECT c.password_hash INTO password_hash
          FROM credential c JOIN account_user u ON u.id = c.user_id AND u.active
         WHERE c.nik_hash = p_nik;
    END IF;
    RETURN NEXT;
END $$;

-- signin_password --
-- What became of the password: right, the attempt waits for its code, and a hash of newer strength is kept; wrong, the
-- failure is recorded. Returns until when the attempt is good, null when it was wrong.
CREATE OR REPLACE FUNCTION signin_password(
    p_nik text, p_network text, p_device text, p_agent text, p_right boolean, p_challenge text, p_rehashed text
) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    v_user integer := (SELECT c.user_id FROM credential c WHERE c.nik_hash = p_nik);
    v_keys record := signin_keys(p_nik, v_user, p_network, p_device);
BEGIN
    IF NOT p_right OR v_user IS NULL THEN
        PERFORM signin_note('gagal', v_user, NULL, NULL, NULL, p_network,
                            CASE WHEN v_user IS NULL THEN 'tidak_dikenal' ELSE 'sandi' END);
        RETURN NULL;
    END IF;
    PERFORM throttle_clear(v_keys.keys, v_keys.rules);
    PERFORM signin_sweep();
    UPDATE credential SET password_hash = p_rehashed WHERE user_id = v_user AND p_rehashed IS NOT NULL;
    RETURN challenge_open(p_challenge, v_user, 'masuk', p_network, p_agent, v_keys.known);
END $$;

-- signin_forgot --
-- Begin to set a new password without the old one. Whether anybody has this NIK is not told: the attempt begins, and
-- without a person no code is right.
CREATE OR REPLACE FUNCTION signin_forgot(p_nik text, p_network text, p_device text, p_agent text, p_challenge text)
RETURNS TABLE (wait_s double precision, expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    v_user integer := (SELECT c.user_id FROM credential c JOIN account_user u ON u.id = c.user_id AND u.active
                        WHERE c.nik_hash = p_nik AND c.password_hash IS NOT NULL);
    v_keys record := signin_keys('lupa:' || p_nik, v_user, p_network, p_device);
BEGIN
    wait_s := throttle_take(v_keys.keys, v_keys.rules);
    PERFORM signin_note(CASE WHEN wait_s > 0 THEN 'gagal' ELSE 'reset_diminta' END, v_user, NULL, NULL, NULL, p_network,
                        CASE WHEN wait_s > 0 THEN 'ditahan' END);
    IF wait_s = 0 THEN
        expires_at := challenge_open(p_challenge, v_user, 'reset', p_network, p_agent, v_keys.known);
    END IF;
    RETURN NEXT;
END $$;

-- signin_factors --
-- The second factors of whoever an attempt is about, while it waits for a code: kind and what it is sealed in.
CREATE OR REPLACE FUNCTION signin_factors(p_challenge text)
RETURNS TABLE (user_id integer, kind text, sealed bytea, language text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT f.user_id, f.kind, f.sealed, notice_language(f.user_id)
      FROM signin_challenge c JOIN second_factor f ON f.user_id = c.user_id
     WHERE c.id = p_challenge AND c.state = 'menunggu' AND c.expires_at > clock_timestamp()
     ORDER BY f.kind
$$;

-- signin_code_made --
-- Keep the hash of a code that is about to be sent; an earlier one ends. False when no more may be sent, or not yet.
CREATE OR REPLACE FUNCTION signin_code_made(p_challenge text, p_code text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE signin_challenge
       SET code_hash = p_code, sends = sends + 1, sent_at = clock_timestamp(),
           code_until = clock_timestamp() + make_interval(mins => signin_rule('kode', 'menit')::integer)
     WHERE id = p_challenge AND state = 'menunggu' AND expires_at > clock_timestamp()
       AND sends < signin_rule('kode', 'kirim')::integer
       AND (sent_at IS NULL
            OR sent_at <= clock_timestamp() - make_interval(secs => signin_rule('kode', 'jeda_kirim_s')::integer));
    RETURN FOUND;
END $$;

-- factor_proved --
-- Whether one of three proofs is right and was never taken before: the code that was sent, a step of the TOTP clock
-- that the application found the code to be of, a recovery code. It is taken now.
CREATE OR REPLACE FUNCTION factor_proved(p_user integer, p_step bigint, p_recovery text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    IF p_step IS NOT NULL THEN
        UPDATE second_factor SET last_step = p_step
         WHERE user_id = p_user AND kind = 'totp' AND (last_step IS NULL OR last_step < p_step);
        IF FOUND THEN
            RETURN 'totp';
        END IF;
    END IF;
    UPDATE recovery_code SET used_at = clock_timestamp()
     WHERE user_id = p_user AND code_hash = p_recovery AND used_at IS NULL;
    RETURN CASE WHEN FOUND THEN 'pemulihan' END;
END $$;

-- signin_answer --
-- Judge the code of an attempt: lolos, salah, habis (no more tries), lewat (the attempt is over or unknown), tunggu.
CREATE OR REPLACE FUNCTION signin_answer(p_challenge text, p_code text, p_step bigint, p_recovery text)
RETURNS TABLE (outcome text, wait_s double precision, purpose text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    c signin_challenge;
    v_keys text[];
    v_rules text[];
    v_by text;
BEGIN
    SELECT * INTO c FROM signin_challenge WHERE id = p_challenge FOR UPDATE;
    purpose := c.purpose;
    IF c.id IS NULL OR c.state <> 'menunggu' OR c.expires_at <= clock_timestamp() THEN
        outcome := 'lewat';
        RETURN NEXT;
        RETURN;
    END IF;
    v_keys := ARRAY['kode:' || COALESCE(c.user_id::text, c.network) || ':' || c.network];
    v_rules := ARRAY['kode'];
    IF NOT c.known THEN
        v_keys := v_keys || ('kode:' || COALESCE(c.user_id::text, c.network));
        v_rules := v_rules || 'kode'::text;
    END IF;
    wait_s := throttle_take(v_keys, v_rules);
    IF wait_s > 0 THEN
        outcome := 'tunggu';
        RETURN NEXT;
        RETURN;
    END IF;
    v_by := CASE WHEN c.code_hash = p_code AND c.code_until > clock_timestamp() THEN 'telegram'
                 ELSE factor_proved(c.user_id, p_step, p_recovery) END;
    IF v_by IS NOT NULL THEN
        UPDATE signin_challenge SET state = 'lolos', code_hash = NULL WHERE id = c.id;
        PERFORM throttle_clear(v_keys, v_rules);
        outcome := 'lolos';
    ELSE
        outcome := CASE WHEN c.tries + 1 >= signin_rule('kode', 'coba')::integer THEN 'habis' ELSE 'salah' END;
        UPDATE signin_challenge
           SET tries = tries + 1, state = CASE outcome WHEN 'habis' THEN 'gagal' ELSE state END
         WHERE id = c.id;
        PERFORM signin_note('gagal', c.user_id, NULL, NULL, NULL, c.network, 'kode_' || outcome);
        IF outcome = 'habis' AND c.user_id IS NOT NULL THEN
            PERFORM account_tell(c.user_id, 'kode_gagal');
        END IF;
    END IF;
    RETURN NEXT;
END $$;

-- assignments_of --
-- The wilayah kerja somebody may choose now, then those that wait for their head. `behalf` is for whom he would act.
DROP FUNCTION IF EXISTS assignments_of(integer);
CREATE FUNCTION assignments_of(p_user integer)
RETURNS TABLE (id integer, role text, lo bigint, hi bigint, programme text, organisation text, valid_to timestamptz,
               state text, behalf text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT a.id, r.id, a.lo, a.hi, g.id, a.organisation, a.valid_to, 'aktif', u.name
      FROM assignment a JOIN role r ON r.code = a.role LEFT JOIN programme g ON g.code = a.programme
      LEFT JOIN assignment d ON d.id = a.delegated_from
      LEFT JOIN account_user u ON u.id = d.user_id
     WHERE a.user_id = p_user AND a.valid_from <= alur_now() AND (a.valid_to IS NULL OR a.valid_to > alur_now())
       AND (d.id IS NULL OR u.active AND (d.valid_to IS NULL OR d.valid_to > alur_now()))
    UNION ALL
    SELECT NULL, r.id, q.lo, q.hi, g.id, q.organisation, q.valid_to, q.state, u.name
      FROM assignment_request q JOIN role r ON r.code = q.role LEFT JOIN programme g ON g.code = q.programme
      LEFT JOIN assignment d ON d.id = q.delegated_from
      LEFT JOIN account_user u ON u.id = d.user_id
     WHERE q.user_id = p_user AND q.state = 'menunggu_konfirmasi'
     ORDER BY 1 NULLS LAST
$$;

-- assignments_own --
-- The wilayah kerja that whoever the session names may switch to.
CREATE OR REPLACE FUNCTION assignments_own()
RETURNS TABLE (id integer, role text, lo bigint, hi bigint, programme text, organisation text, valid_to timestamptz,
               behalf text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT a.id, a.role, a.lo, a.hi, a.programme, a.organisation, a.valid_to, a.behalf
      FROM assignments_of((seen()).user_id) AS a WHERE a.id IS NOT NULL ORDER BY a.id
$$;

-- signin_choices --
-- The wilayah kerja of whoever passed an attempt and has not chosen yet.
DROP FUNCTION IF EXISTS signin_choices(text);
CREATE FUNCTION signin_choices(p_challenge text)
RETURNS TABLE (id integer, role text, lo bigint, hi bigint, programme text, organisation text, valid_to timestamptz,
               state text, behalf text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT a.* FROM signin_challenge c CROSS JOIN LATERAL assignments_of(c.user_id) AS a
     WHERE c.id = p_challenge AND c.state = 'lolos' AND c.purpose = 'masuk' AND c.expires_at > clock_timestamp()
$$;

-- session_open --
-- Open a signed-in session of somebody in one of his own assignments; null when it is not his, or has lapsed.
CREATE OR REPLACE FUNCTION session_open(
    p_user integer, p_assignment integer, p_until timestamptz, p_network text, p_agent text
) RETURNS session
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    made session;
BEGIN
    INSERT INTO session (assignment_id, issued_at, expires_at, kind, network, user_agent, idle_s, last_seen_at)
    SELECT p_assignment, clock_timestamp(), p_until, 'web', p_network, p_agent,
           60 * signin_rule('sesi', 'diam_menit')::integer, clock_timestamp()
     WHERE EXISTS (SELECT 1 FROM assignments_of(p_user) AS a WHERE a.id = p_assignment)
    RETURNING * INTO made;
    RETURN made;
END $$;

-- signin_session --
-- End an attempt with the session it was for, once; the device and the network are known from now on.
-- Outcomes: masuk, lewat (the attempt is over), bukan_milik (not his assignment; he may choose again).
CREATE OR REPLACE FUNCTION signin_session(p_challenge text, p_assignment integer, p_device text)
RETURNS TABLE (outcome text, session uuid, number bigint, expires_at timestamptz, idle_s integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    c signin_challenge;
    made session;
BEGIN
    SELECT * INTO c FROM signin_challenge WHERE id = p_challenge FOR UPDATE;
    IF c.id IS NULL OR c.state <> 'lolos' OR c.purpose <> 'masuk' OR c.expires_at <= clock_timestamp() THEN
        outcome := 'lewat';
        RETURN NEXT;
        RETURN;
    END IF;
    made := session_open(c.user_id, p_assignment,
                         clock_timestamp() + make_interval(hours => signin_rule('sesi', 'paling_jam')::integer),
                         c.network, c.user_agent);
    IF made.id IS NULL THEN
        outcome := 'bukan_milik';
        RETURN NEXT;
        RETURN;
    END IF;
    UPDATE signin_challenge SET state = 'selesai' WHERE id = c.id;
    INSERT INTO signin_place (user_id, kind, hash, seen_at)
    VALUES (c.user_id, 'jaringan', c.network, clock_timestamp()), (c.user_id, 'perangkat', p_device, clock_timestamp())
    ON CONFLICT (user_id, kind, hash) DO UPDATE SET seen_at = excluded.seen_at;
    PERFORM signin_note('masuk', c.user_id, c.user_id, (SELECT role FROM assignment WHERE id = p_assignment),
                        made.number, c.network, NULL);
    IF NOT c.known THEN
        PERFORM account_tell(c.user_id, 'masuk_baru');
    END IF;
    outcome := 'masuk';
    session := made.id;
    number := made.number;
    expires_at := made.expires_at;
    idle_s := made.idle_s;
    RETURN NEXT;
END $$;
