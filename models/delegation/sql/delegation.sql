-- Somebody acts for another while he is away. A delegation is a dated assignment of the delegate's, made from the other's
-- own (assignment.delegated_from), with the same role and scope: signing in offers it as a further wilayah kerja, and
-- `identify` puts both persons behind whatever is done in it. Section 3: "reset, pengganti" are the administrator's.

-- scope_digits --
-- How long the code of a role's region is; null where the scope is no region.
CREATE OR REPLACE FUNCTION scope_digits(p_scope text) RETURNS integer
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE WHEN p_scope LIKE 'region\_%' THEN substr(p_scope, 8)::integer END
$$;

-- delegation_fits --
-- Whether whoever holds `x` could hold the role of `a` too: kept by the same administrator, of the same level or a wider
-- one, in the region of the same office. At the centre the programme, the organisation or the nation is the office; an
-- auditor acts for auditors alone, a pendamping for pendamping (nobody else visits families), and a bank's files stay in
-- it.
CREATE OR REPLACE FUNCTION delegation_fits(a assignment, x assignment) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT COALESCE(rx.admin = ra.admin AND CASE ra.scope
            WHEN 'programme' THEN x.programme = a.programme
            WHEN 'own_files' THEN x.role = a.role AND x.organisation = a.organisation
            WHEN 'national_read' THEN x.role = a.role
            WHEN 'national' THEN rx.scope = 'national'
            WHEN 'assigned_families' THEN x.role = a.role AND ox.lo / 1000000 = oa.lo / 1000000
            WHEN 'region_2' THEN x.lo / 100000000 = a.lo / 100000000
            ELSE scope_digits(rx.scope) <= scope_digits(ra.scope) AND x.lo / 1000000 = a.lo / 1000000
            END, false)
      FROM role ra, role rx, staff_span(a.office) AS oa, staff_span(x.office) AS ox
     WHERE ra.code = a.role AND rx.code = x.role
$$;

-- delegation_able --
-- Who could act in the place of an assignment: people at work with a role of their own that fits.
CREATE OR REPLACE FUNCTION delegation_able(a assignment) RETURNS TABLE (user_id integer, role smallint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT x.user_id, x.role
      FROM assignment x
      JOIN role r ON r.code = x.role AND r.admin = (SELECT o.admin FROM role o WHERE o.code = a.role)
      JOIN account_user u ON u.id = x.user_id AND u.active AND u.kind = 'person'
     WHERE x.user_id <> a.user_id AND x.delegated_from IS NULL AND x.valid_from <= alur_now()
       AND (x.valid_to IS NULL OR x.valid_to > alur_now()) AND delegation_fits(a, x) AND NOT staff_mixed(x.user_id, a.role)
$$;

-- delegation_fault --
-- Why somebody may not act in the place of an assignment from one moment to another; null when he may. An
-- administrator's role is delegated to nobody: the level above names a second one. What is delegated is delegated no
-- further. One delegate at a time: it must be plain who acts.
CREATE OR REPLACE FUNCTION delegation_fault(a assignment, p_to integer, p_from timestamptz, p_until timestamptz)
RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    IF a.delegated_from IS NOT NULL THEN
        RETURN 'turunan';
    ELSIF NOT EXISTS (SELECT 1 FROM role r WHERE r.code = a.role AND r.admin IS NOT NULL)
          OR EXISTS (SELECT 1 FROM role r WHERE r.admin = a.role) THEN
        RETURN 'tidak_dapat';
    ELSIF a.valid_to <= alur_now()
          OR NOT EXISTS (SELECT 1 FROM account_user u WHERE u.id = a.user_id AND u.active AND u.kind = 'person') THEN
        RETURN 'berakhir';
    ELSIF p_until <= greatest(p_from, alur_now()) OR p_until > a.valid_to
          OR p_until > p_from + make_interval(days => signin_rule('delegasi', 'hari_paling')::integer) THEN
        RETURN 'masa';
    ELSIF NOT EXISTS (SELECT 1 FROM delegation_able(a) AS x WHERE x.user_id = p_to) THEN
        RETURN 'tidak_layak';
    ELSIF EXISTS (SELECT 1 FROM assignment d
                   WHERE d.delegated_from = a.id AND d.valid_to > greatest(p_from, alur_now()) AND d.valid_from < p_until) THEN
        RETURN 'sudah_ada';
    END IF;
    RETURN NULL;
END $$;

-- delegation_begin --
-- Let somebody act in the place of an assignment; both are told. Returns his assignment.
CREATE OR REPLACE FUNCTION delegation_begin(
    a assignment, p_to integer, p_from timestamptz, p_until timestamptz, p_why text, p_by integer
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    made integer;
BEGIN
    INSERT INTO assignment (user_id, role, lo, hi, programme, organisation, office, valid_from, valid_to, delegated_from,
                            actor, why)
    VALUES (p_to, a.role, a.lo, a.hi, a.programme, a.organisation, a.office, greatest(p_from, alur_now()), p_until, a.id,
            actor_of(ARRAY[p_to], ARRAY[a.user_id]), p_why)
    RETURNING id INTO made;
    PERFORM signin_note('delegasi_dibuat', u, p_by, a.role, NULL, NULL, p_why), account_tell(u, 'delegasi_dibuat')
       FROM unnest(ARRAY[p_to, a.user_id]) AS u;
    RETURN made;
END $$;

-- delegations_end --
-- End what is delegated from these assignments, now; whoever acted is told.
CREATE OR REPLACE FUNCTION delegations_end(p_delegations integer[], p_by integer, p_reason text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    ended record;
    n integer := 0;
BEGIN
    FOR ended IN
        UPDATE assignment a SET valid_to = greatest(alur_now(), a.valid_from)
          FROM assignment d
         WHERE a.id = ANY (p_delegations) AND a.valid_to > alur_now() AND d.id = a.delegated_from
        RETURNING a.user_id, a.role, d.user_id AS giver
    LOOP
        PERFORM signin_note('delegasi_diakhiri', u, p_by, ended.role, NULL, NULL, p_reason),
                account_tell(u, 'delegasi_diakhiri')
           FROM unnest(ARRAY[ended.user_id, ended.giver]) AS u;
        n := n + 1;
    END LOOP;
    RETURN n;
END $$;

-- delegation_put --
-- Name who acts in the place of an assignment, as whoever holds it or as the administrator who keeps its holder. What
-- the administrator asks for waits for the office's head, like a new role: he alone gives nobody a hand on cases.
-- Outcomes: dibuat (with the delegation, or the request that waits), tidak_ditemukan, and those of delegation_fault.
CREATE OR REPLACE FUNCTION delegation_put(
    p_session uuid, p_assignment integer, p_to integer, p_from timestamptz, p_until timestamptz, p_why text,
    OUT outcome text, OUT delegation integer, OUT request bigint
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := demand_signed_in(p_session);
    a assignment;
    v_from timestamptz := greatest(COALESCE(p_from, alur_now()), alur_now());
BEGIN
    SELECT x.* INTO a FROM assignment x WHERE x.id = p_assignment FOR UPDATE;
    IF a.id IS NULL OR a.user_id <> me.user_id AND NOT EXISTS (
            SELECT 1 FROM role r WHERE r.code = a.role AND r.admin = me.role AND staff_within(me, a.lo, a.hi, a.office)) THEN
        outcome := 'tidak_ditemukan';
        RETURN;
    END IF;
    outcome := COALESCE(delegation_fault(a, p_to, v_from, p_until), 'dibuat');
    IF outcome <> 'dibuat' THEN
        RETURN;
    ELSIF a.user_id = me.user_id THEN
        delegation := delegation_begin(a, p_to, v_from, p_until, p_why, me.user_id);
        RETURN;
    END IF;
    INSERT INTO assignment_request AS q (user_id, role, lo, hi, programme, organisation, office, valid_from, valid_to,
                                         made_by, made_at, delegated_from, why)
    VALUES (p_to, a.role, a.lo, a.hi, a.programme, a.organisation, a.office, v_from, p_until, me.user_id, alur_now(),
            a.id, p_why)
    RETURNING q.id INTO request;
    PERFORM signin_note('delegasi_diusulkan', u, me.user_id, a.role, NULL, NULL, p_why)
       FROM unnest(ARRAY[p_to, a.user_id]) AS u;
    IF NOT COALESCE(policy_for('masuk.konfirmasi', COALESCE(a.lo, 0), alur_now())::boolean, true) THEN
        delegation := staff_grant(request, NULL);
        request := NULL;
    END IF;
END $$;

-- delegation_end --
-- End a delegation now: who gave it, who has it, or the administrator. False when none of that number is his.
CREATE OR REPLACE FUNCTION delegation_end(p_session uuid, p_delegation integer, p_reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
BEGIN
    RETURN delegations_end(ARRAY(
        SELECT a.id FROM assignment a JOIN assignment d ON d.id = a.delegated_from JOIN role r ON r.code = a.role
         WHERE a.id = p_delegation
           AND (me.user_id IN (a.user_id, d.user_id) OR r.admin = me.role AND staff_within(me, a.lo, a.hi, a.office))
        ), me.user_id, p_reason) > 0;
END $$;

-- delegations_seen --
-- What the caller delegated, was given, or keeps as administrator, newest first. States: akan, aktif, berakhir.
CREATE OR REPLACE FUNCTION delegations_seen(p_session uuid, p_before integer, p_most integer)
RETURNS TABLE (delegation integer, assignment integer, role text, lo bigint, hi bigint, programme text, organisation text,
               office bigint, giver integer, giver_name text, delegate integer, delegate_name text,
               valid_from timestamptz, valid_to timestamptz, why text, state text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    me identity := identify(p_session);
BEGIN
    RETURN QUERY
    SELECT a.id, d.id, r.id, a.lo, a.hi, g.id, a.organisation, a.office, d.user_id, o.name, a.user_id, u.name,
           a.valid_from, a.valid_to, a.why,
           CASE WHEN a.valid_to <= alur_now() OR d.valid_to <= alur_now() OR NOT o.active OR NOT u.active THEN 'berakhir'
                WHEN a.valid_from > alur_now() THEN 'akan' ELSE 'aktif' END
      FROM assignment a
      JOIN assignment d ON d.id = a.delegated_from
      JOIN role r ON r.code = a.role
      JOIN account_user u ON u.id = a.user_id
      JOIN account_user o ON o.id = d.user_id
      LEFT JOIN programme g ON g.code = a.programme
     WHERE (me.user_id IN (a.user_id, d.user_id) OR r.admin = me.role AND staff_within(me, a.lo, a.hi, a.office))
       AND (p_before IS NULL OR a.id < p_before)
     ORDER BY a.id DESC LIMIT p_most;
END $$;

-- delegation_choices --
-- Colleagues who could act in the place of an assignment that the caller holds or keeps; by name, at most 200.
CREATE OR REPLACE FUNCTION delegation_choices(p_session uuid, p_assignment integer)
RETURNS TABLE (account integer, name text, roles text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
    a assignment;
BEGIN
    SELECT x.* INTO a FROM assignment x JOIN role r ON r.code = x.role
     WHERE x.id = p_assignment AND x.delegated_from IS NULL
       AND (x.user_id = me.user_id OR r.admin = me.role AND staff_within(me, x.lo, x.hi, x.office))
       AND NOT EXISTS (SELECT 1 FROM role k WHERE k.admin = x.role);
    RETURN QUERY
    SELECT u.id, u.name, array_agg(DISTINCT r.id ORDER BY r.id)
      FROM delegation_able(a) AS x JOIN account_user u ON u.id = x.user_id JOIN role r ON r.code = x.role
     WHERE a.id IS NOT NULL GROUP BY u.id ORDER BY u.name, u.id LIMIT 200;
END $$;
