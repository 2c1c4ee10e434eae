CREATE OR REPLACE FUNCTION person_place() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    NEW.region := (SELECT h.region FROM household h WHERE h.id = NEW.household_id);
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION household_moved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE person SET region = NEW.region WHERE household_id = NEW.id;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER place BEFORE INSERT OR UPDATE OF household_id ON person
    FOR EACH ROW EXECUTE FUNCTION person_place();
CREATE OR REPLACE TRIGGER moved AFTER UPDATE OF region ON household
    FOR EACH ROW WHEN (OLD.region IS DISTINCT FROM NEW.region) EXECUTE FUNCTION household_moved();
