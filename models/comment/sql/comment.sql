-- comment_add --
-- Write a comment about a case in sight. No row where it is out of sight.
CREATE OR REPLACE FUNCTION comment_add(p_session uuid, p_case bigint, p_text text)
RETURNS TABLE (id bigint, at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    me identity := identify(p_session);
BEGIN
    IF me.scope IN ('own_nik', 'own_files', 'national_read')
       OR (SELECT r.id FROM role r WHERE r.code = me.role) IN ('admin_kab', 'admin_provinsi', 'admin_pusat') THEN
        RAISE EXCEPTION 'Komentar hanya untuk petugas yang memeriksa dan memutus.' USING ERRCODE = 'AL060';
    END IF;
    PERFORM door_enter(me);
    RETURN QUERY
    INSERT INTO case_comment AS c (case_id, actor, role, text, at)
    SELECT p.case_id, me.actor, me.role, p_text, alur_now() FROM position p WHERE p.case_id = p_case
    RETURNING c.id, c.at;
END $$;
