-- Accounts and roles of those who work here: made by the administrator of the level above within his own scope,
-- confirmed by the head of the office. Rules: section 3. Nobody gives himself anything, and an administrator holds no
-- role that touches cases.

-- staff_span --
-- The villages of a region of two to ten digits, as a range.
CREATE OR REPLACE FUNCTION staff_span(p_region bigint, OUT lo bigint, OUT hi bigint)
LANGUAGE sql IMMUTABLE
AS $$
    SELECT p_region * n, p_region * n + n - 1
      FROM (SELECT (10 ^ (10 - length(p_region::text)))::bigint AS n) AS digits
$$;

-- staff_within --
-- Whether a scope lies in somebody's region: everything does for the nation, nothing without a region for the others.
CREATE OR REPLACE FUNCTION staff_within(me identity, p_lo bigint, p_hi bigint, p_office bigint) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT COALESCE(me.lo = 0 AND me.hi = 9999999999
                    OR COALESCE(p_lo, o.lo) >= me.lo AND COALESCE(p_hi, o.hi) <= me.hi, false)
      FROM staff_span(p_office) AS o
$$;

-- staff_roles --
-- The roles somebody holds now or shall hold, waiting for their head.
DROP FUNCTION IF EXISTS staff_roles(integer);
CREATE FUNCTION staff_roles(p_user integer)
RETURNS TABLE (assignment integer, request bigint, role smallint, lo bigint, hi bigint, programme smallint,
               organisation text, office bigint, valid_from timestamptz, valid_to timestamptz, delegated boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT a.id, NULL, a.role, a.lo, a.hi, a.programme, a.organisation, a.office, a.valid_from, a.valid_to,
           a.delegated_from IS NOT NULL
      FROM assignment a
     WHERE a.user_id = p_user AND (a.valid_to IS NULL OR a.valid_to > greatest(alur_now(), a.valid_from))
    UNION ALL
    SELECT NULL, q.id, q.role, q.lo, q.hi, q.programme, q.organisation, q.office, q.valid_from, q.valid_to,
           q.delegated_from IS NOT NULL
      FROM assignment_request q
     WHERE q.user_id = p_user AND q.state = 'menunggu_konfirmasi'
$$;

-- staff_keeps --
-- Whether an administrator keeps an account: every role of it is of his level and in his scope. An account with roles
-- of several administrators is kept by admin_pusat alone: otherwise whoever gives somebody a small role could take his
-- greater one by a reset.
CREATE OR REPLACE FUNCTION staff_keeps(me identity, p_user integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT COALESCE(me.user_id <> p_user AND (
               bool_and(r.admin = me.role AND staff_within(me, s.lo, s.hi, s.office))
               OR (SELECT id = 'admin_pusat' FROM role WHERE code = me.role)
                  AND count(DISTINCT (r.admin, CASE k.scope
                          WHEN 'region_4' THEN COALESCE(s.lo, o.lo) / 1000000
                          WHEN 'region_2' THEN COALESCE(s.lo, o.lo) / 100000000 END)) > 1), false)
      FROM staff_roles(p_user) AS s
      JOIN role r ON r.code = s.role
      LEFT JOIN role k ON k.code = r.admin
     CROSS JOIN LATERAL staff_span(s.office) AS o
$$;

-- staff_mixed --
-- Whether a role and what somebody has would put an administrator and a hand on cases into one person.
CREATE OR REPLACE FUNCTION staff_mixed(p_user integer, p_role smallint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT EXISTS (
        SELECT 1 FROM staff_roles(p_user) AS s
         WHERE EXISTS (SELECT 1 FROM role r WHERE r.admin = s.role) <> EXISTS (SELECT 1 FROM role r WHERE r.admin = p_role))
$$;

-- staff_grant --
-- Make a confirmed request an assignment, and return it; the person is told.
DROP FUNCTION IF EXISTS staff_grant(bigint, integer);
CREATE FUNCTION staff_grant(p_request bigint, p_by integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    q assignment_request;
    made integer;
BEGIN
    SELECT * INTO q FROM assignment_request WHERE id = p_request;
    IF q.delegated_from IS NULL THEN
        INSERT INTO assignment (user_id, role, lo, hi, programme, organisation, office, valid_from, valid_to)
        VALUES (q.user_id, q.role, q.lo, q.hi, q.programme, q.organisation, q.office, q.valid_from, q.valid_to)
        RETURNING id INTO made;
    ELSE
        SELECT delegation_begin(a, q.user_id, q.valid_from, q.valid_to, q.why, q.made_by) INTO made
          FROM assignment a WHERE a.id = q.delegated_from;
    END IF;
    UPDATE assignment_request
       SET state = 'dikonfirmasi', decided_by = p_by, decided_at = alur_now(), assignment = made
     WHERE id = p_request;
    PERFORM signin_note('peran_dikonfirmasi', q.user_id, p_by, q.role, NULL, NULL, NULL);
    IF q.delegated_from IS NULL THEN
        PERFORM account_tell(q.user_id, 'peran_baru');
    END IF;
    RETURN made;
END $$;

-- staff_put --
-- Propose a role for whoever has a NIK; his account is made when there is none. Outcomes: dibuat, sudah_ada (the same
-- role waits or lasts), bukan_admin, di_luar, sendiri, campur, cakupan (the role needs another scope), masa.
CREATE OR REPLACE FUNCTION staff_put(
    p_session uuid, p_nik text, p_masked text, p_name text, p_role text, p_region bigint, p_programme text,
    p_organisation text, p_from timestamptz, p_to timestamptz,
    OUT outcome text, OUT user_id integer, OUT request bigint, OUT state text, OUT is_new boolean
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
    v_role role;
    v_lo bigint;
    v_hi bigint;
    v_office bigint;
    v_programme smallint;
    v_organisation text;
    v_from timestamptz := greatest(COALESCE(p_from, alur_now()), alur_now());
BEGIN
    SELECT * INTO v_role FROM role r WHERE r.id = p_role;
    IF v_role.admin IS DISTINCT FROM me.role THEN
        outcome := 'bukan_admin';
        RETURN;
    END IF;
    IF v_role.scope IN ('national', 'national_read') THEN
        v_lo := 0;
        v_hi := 9999999999;
    ELSIF v_role.scope LIKE 'region_%' AND length(p_region::text) = split_part(v_role.scope, '_', 2)::integer THEN
        SELECT s.lo, s.hi INTO v_lo, v_hi FROM staff_span(p_region) AS s;
    ELSIF v_role.scope = 'assigned_families' AND length(p_region::text) = 4 THEN
        v_office := p_region;
    ELSIF v_role.scope = 'programme' THEN
        v_programme := (SELECT p.code FROM programme p WHERE p.id = p_programme);
    ELSIF v_role.scope = 'own_files' THEN
        v_organisation := (SELECT a.organisation FROM assignment a JOIN account_user u ON u.id = a.user_id
                            WHERE u.kind = 'service' AND a.role = v_role.code AND a.organisation = p_organisation LIMIT 1);
    END IF;
    IF v_lo IS NULL AND v_office IS NULL AND v_programme IS NULL AND v_organisation IS NULL THEN
        outcome := 'cakupan';
        RETURN;
    END IF;
    IF NOT staff_within(me, v_lo, v_hi, v_office) THEN
        outcome := 'di_luar';
        RETURN;
    END IF;
    IF p_to <= v_from THEN
        outcome := 'masa';
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended(p_nik, 0));
    user_id := (SELECT c.user_id FROM credential c WHERE c.nik_hash = p_nik);
    is_new := user_id IS NULL;
    IF user_id = me.user_id THEN
        outcome := 'sendiri';
        RETURN;
    END IF;
    IF NOT is_new AND staff_mixed(user_id, v_role.code) THEN
        outcome := 'campur';
        RETURN;
    END IF;
    IF is_new THEN
        user_id := nextval('actor_id');
        INSERT INTO account_user (id, username, name, kind, created_at)
        VALUES (user_id, 'akun-' || user_id, p_name, 'person', alur_now());
        INSERT INTO credential (user_id, nik_hash, nik_masked) VALUES (user_id, p_nik, p_masked);
        PERFORM signin_note('akun_dibuat', user_id, me.user_id, v_role.code, NULL, NULL, NULL);
    ELSIF EXISTS (SELECT 1 FROM staff_roles(user_id) AS s
                   WHERE s.role = v_role.code AND NOT s.delegated AND (s.lo, s.hi, s.programme, s.organisation, s.office)
                         IS NOT DISTINCT FROM (v_lo, v_hi, v_programme, v_organisation, v_office)) THEN
        outcome := 'sudah_ada';
        RETURN;
    END IF;
    INSERT INTO assignment_request AS q
        (user_id, role, lo, hi, programme, organisation, office, valid_from, valid_to, made_by, made_at)
    VALUES (user_id, v_role.code, v_lo, v_hi, v_programme, v_organisation, v_office, v_from, p_to, me.user_id, alur_now())
    RETURNING q.id INTO request;
    PERFORM signin_note('peran_diusulkan', user_id, me.user_id, v_role.code, NULL, NULL, NULL);
    IF NOT COALESCE(policy_for('masuk.konfirmasi', COALESCE(v_lo, 0), alur_now())::boolean, true) THEN
        PERFORM staff_grant(request, NULL);
    END IF;
    outcome := 'dibuat';
    state := (SELECT q.state FROM assignment_request q WHERE q.id = request);
END $$;

-- staff_decide --
-- Confirm or refuse a proposed role as the head of its office. Outcomes: dikonfirmasi, ditolak, tidak_ditemukan,
-- orang_sama (who proposed it, shall have it, or would be acted for), sudah, campur, lewat (what was asked for in
-- somebody's place can no longer be).
CREATE OR REPLACE FUNCTION staff_decide(p_session uuid, p_request bigint, p_yes boolean, p_reason text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
    q assignment_request;
    a assignment;
BEGIN
    SELECT r.* INTO q FROM assignment_request r JOIN role o ON o.code = r.role
     WHERE r.id = p_request AND o.head = me.role AND staff_within(me, r.lo, r.hi, r.office)
       FOR UPDATE OF r;
    IF q.id IS NULL THEN
        RETURN 'tidak_ditemukan';
    ELSIF q.state <> 'menunggu_konfirmasi' THEN
        RETURN 'sudah';
    END IF;
    SELECT * INTO a FROM assignment x WHERE x.id = q.delegated_from FOR UPDATE;
    IF persons_behind(me) && ARRAY[q.made_by, q.user_id, a.user_id] THEN
        RETURN 'orang_sama';
    END IF;
    IF p_yes THEN
        IF a.id IS NOT NULL AND delegation_fault(a, q.user_id, q.valid_from, q.valid_to) IS NOT NULL THEN
            RETURN 'lewat';
        END IF;
        IF staff_mixed(q.user_id, q.role) THEN
            RETURN 'campur';
        END IF;
        PERFORM staff_grant(p_request, me.user_id);
        RETURN 'dikonfirmasi';
    END IF;
    UPDATE assignment_request
       SET state = 'ditolak', decided_by = me.user_id, decided_at = alur_now(), reason = p_reason
     WHERE id = p_request;
    PERFORM signin_note('peran_ditolak', q.user_id, me.user_id, q.role, NULL, NULL, p_reason);
    RETURN 'ditolak';
END $$;

-- staff_end --
-- End a role now, as the administrator of its level; false when there is none of that number in his scope.
CREATE OR REPLACE FUNCTION staff_end(p_session uuid, p_assignment integer, p_reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
    ended assignment;
BEGIN
    UPDATE assignment a SET valid_to = greatest(alur_now(), a.valid_from)
      FROM role r
     WHERE a.id = p_assignment AND r.code = a.role AND r.admin = me.role AND a.user_id <> me.user_id
       AND staff_within(me, a.lo, a.hi, a.office) AND (a.valid_to IS NULL OR a.valid_to > alur_now())
       AND a.delegated_from IS NULL
    RETURNING a.* INTO ended;
    IF ended.id IS NULL THEN
        RETURN false;
    END IF;
    PERFORM delegations_end(ARRAY(SELECT a.id FROM assignment a WHERE a.delegated_from = ended.id), me.user_id, p_reason);
    PERFORM signin_note('peran_diakhiri', ended.user_id, me.user_id, ended.role, NULL, NULL, p_reason);
    PERFORM account_tell(ended.user_id, 'peran_diakhiri');
    RETURN true;
END $$;

-- staff_link --
-- A one-time link for an account the caller keeps: an invitation until it was first used, then a reset, which ends every
-- session and the old password at once. Null when he keeps no such account.
CREATE OR REPLACE FUNCTION staff_link(p_session uuid, p_user integer, p_secret text, p_clear boolean, p_reason text)
RETURNS TABLE (purpose text, expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
    v_changed timestamptz;
BEGIN
    SELECT c.changed_at INTO v_changed FROM credential c JOIN account_user u ON u.id = c.user_id AND u.active
     WHERE c.user_id = p_user FOR UPDATE OF c;
    IF NOT FOUND OR NOT staff_keeps(me, p_user) THEN
        RETURN;
    END IF;
    purpose := CASE WHEN v_changed IS NULL THEN 'undangan' ELSE 'reset' END;
    IF purpose = 'reset' THEN
        UPDATE credential SET password_hash = NULL WHERE user_id = p_user;
        PERFORM sessions_end(p_user, NULL, me.user_id);
        PERFORM account_tell(p_user, 'reset_dibuat');
    END IF;
    expires_at := link_make(p_user, p_secret, purpose, me.user_id, p_clear, p_reason);
    RETURN NEXT;
END $$;

-- staff_active --
-- Close an account the caller keeps, or open it again; closed, its sessions are over. False when he keeps none.
CREATE OR REPLACE FUNCTION staff_active(p_session uuid, p_user integer, p_active boolean, p_reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
BEGIN
    IF NOT staff_keeps(me, p_user) THEN
        RETURN false;
    END IF;
    UPDATE account_user SET active = p_active WHERE id = p_user;
    IF NOT p_active THEN
        PERFORM sessions_end(p_user, NULL, me.user_id);
        PERFORM delegations_end(ARRAY(
            SELECT a.id FROM assignment a LEFT JOIN assignment d ON d.id = a.delegated_from
             WHERE a.delegated_from IS NOT NULL AND p_user IN (a.user_id, d.user_id)), me.user_id, p_reason);
    END IF;
    PERFORM signin_note(CASE WHEN p_active THEN 'akun_dibuka' ELSE 'akun_ditutup' END, p_user, me.user_id, NULL, NULL,
                        NULL, p_reason);
    RETURN true;
END $$;

-- staff_list --
-- The accounts in the caller's hands: those he keeps, by number. NIK masked. Narrowed to a part of the name, to one NIK
-- (its hash), or to one of these: tanpa_faktor (works without a second factor), belum_dipakai (never used),
-- segera_berakhir (a role ends within the days of policy `masuk.segera_berakhir`), menunggu (a role waits for its head),
-- tertutup.
DROP FUNCTION IF EXISTS staff_list(uuid, integer, integer);
CREATE OR REPLACE FUNCTION staff_list(
    p_session uuid, p_after integer, p_most integer, p_name text DEFAULT NULL, p_nik text DEFAULT NULL,
    p_which text DEFAULT NULL
)
RETURNS TABLE (account integer, name text, nik text, active boolean, activated boolean, factors text[], roles jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
BEGIN
    RETURN QUERY
    SELECT u.id, u.name, c.nik_masked, u.active, c.changed_at IS NOT NULL,
           ARRAY(SELECT f.kind FROM second_factor f WHERE f.user_id = u.id ORDER BY 1),
           (SELECT jsonb_agg(jsonb_build_object(
                       'assignment', s.assignment, 'request', s.request, 'role', r.id, 'lo', s.lo, 'hi', s.hi,
                       'programme', g.id, 'organisation', s.organisation, 'office', s.office,
                       'valid_from', s.valid_from, 'valid_to', s.valid_to,
                       'delegated', s.delegated, 'state', CASE WHEN s.request IS NULL THEN 'aktif' ELSE 'menunggu_konfirmasi' END)
                    ORDER BY s.assignment NULLS LAST, s.request)
              FROM staff_roles(u.id) AS s JOIN role r ON r.code = s.role LEFT JOIN programme g ON g.code = s.programme)
      FROM (SELECT a.user_id FROM assignment a JOIN role k ON k.code = a.role AND k.admin = me.role
             WHERE a.lo >= me.lo AND a.hi <= me.hi OR a.lo IS NULL AND staff_within(me, NULL, NULL, a.office)
            UNION
            SELECT q.user_id FROM assignment_request q JOIN role k ON k.code = q.role AND k.admin = me.role
             WHERE q.lo >= me.lo AND q.hi <= me.hi OR q.lo IS NULL AND staff_within(me, NULL, NULL, q.office)) AS kept
      JOIN credential c ON c.user_id = kept.user_id
      JOIN account_user u ON u.id = c.user_id
     WHERE u.id > p_after
       AND (p_name IS NULL OR strpos(lower(u.name), lower(p_name)) > 0)
       AND (p_nik IS NULL OR c.nik_hash = p_nik)
       AND CASE p_which
           WHEN 'tertutup' THEN NOT u.active
           WHEN 'belum_dipakai' THEN u.active AND c.changed_at IS NULL
           WHEN 'tanpa_faktor' THEN u.active AND c.changed_at IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM second_factor f WHERE f.user_id = u.id)
           WHEN 'segera_berakhir' THEN u.active AND EXISTS (
                SELECT 1 FROM staff_roles(u.id) AS s WHERE s.request IS NULL AND s.valid_to <= alur_now()
                    + make_interval(days => (policy_at('masuk.segera_berakhir', alur_now()))::integer))
           WHEN 'menunggu' THEN EXISTS (SELECT 1 FROM staff_roles(u.id) AS s WHERE s.request IS NOT NULL)
           ELSE true END
       AND staff_keeps(me, u.id)
     ORDER BY u.id LIMIT p_most;
END $$;

-- staff_requests --
-- The proposed roles that wait for the caller as their head, oldest first; `behalf` is in whose place, and `why`.
DROP FUNCTION IF EXISTS staff_requests(uuid);
CREATE FUNCTION staff_requests(p_session uuid)
RETURNS TABLE (request bigint, account integer, name text, nik text, role text, lo bigint, hi bigint, programme text,
               organisation text, office bigint, valid_from timestamptz, valid_to timestamptz, made_by text,
               made_at timestamptz, behalf text, why text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
BEGIN
    RETURN QUERY
    SELECT q.id, u.id, u.name, c.nik_masked, r.id, q.lo, q.hi, g.id, q.organisation, q.office, q.valid_from,
           q.valid_to, m.name, q.made_at, o.name, q.why
      FROM assignment_request q
      JOIN role r ON r.code = q.role
      JOIN account_user u ON u.id = q.user_id
      JOIN account_user m ON m.id = q.made_by
      LEFT JOIN credential c ON c.user_id = u.id
      LEFT JOIN programme g ON g.code = q.programme
      LEFT JOIN assignment a ON a.id = q.delegated_from
      LEFT JOIN account_user o ON o.id = a.user_id
     WHERE q.state = 'menunggu_konfirmasi' AND r.head = me.role AND staff_within(me, q.lo, q.hi, q.office)
       AND NOT persons_behind(me) && ARRAY[q.made_by, q.user_id, a.user_id]
     ORDER BY q.id LIMIT 500;
END $$;

-- staff_sees --
-- For the policy on events: whether the session named in this transaction keeps an account, or audits all of them.
CREATE OR REPLACE FUNCTION staff_sees(p_user integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT COALESCE((i).scope = 'national_read' OR p_user IS NOT NULL AND staff_keeps(i, p_user), false) FROM seen() AS i
$$;
