-- household_complete --
-- Whether a family's required fields are filled: address, exactly one living head, and for every living member name,
-- NIK, birth date, sex and relation. Source: domain sections 1.1 (DTKS integrity rules) and 4.4.
CREATE OR REPLACE FUNCTION household_complete(p_household bigint) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT h.alamat <> '' AND h.rt <> '' AND h.rw <> '' AND h.no_kk ~ '^\d{16}$'
       AND (SELECT count(*) FILTER (WHERE p.hubungan = 1) = 1
               AND bool_and(p.nama <> '' AND p.nik ~ '^\d{16}$' AND p.tanggal_lahir IS NOT NULL
                            AND p.jenis_kelamin IS NOT NULL AND p.hubungan IS NOT NULL)
              FROM person p
             WHERE p.household_id = h.id AND p.removed_at IS NULL AND p.status = 'hidup')
      FROM household h WHERE h.id = p_household
$$;
