"""Functions that compare tags: whatever the case of their letters and their Unicode form, with accents and signs.

Nothing depends on the database's locale: what the rows hold stays right in a database that is restored elsewhere.
"""

from django.db import migrations

# Latin, Greek, Cyrillic, Armenian; then Latin with two accents and Greek with breathings.
RANGES = (range(0x00C0, 0x0590), range(0x1E00, 0x2000))
LETTERS = [chr(code) for letters in RANGES for code in letters]
CAPITALS = [letter for letter in LETTERS if letter.lower() != letter and len(letter.lower()) == 1]
LONGEST_WORD, LONGEST = 2046, 400
UPPER, LOWER = "".join(CAPITALS), "".join(letter.lower() for letter in CAPITALS)

FUNCTIONS = rf"""
CREATE FUNCTION genonaut_tag_keys(tags text[]) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
-- Returns tags as they are compared and shown in lists.
DECLARE
    content text := array_to_string(tags, E'\x01');
    keys text[];
BEGIN
    IF octet_length(content) <> length(content) THEN
        content := translate(normalize(content, NFKC), '{UPPER}', '{LOWER}');
    END IF;
    keys := string_to_array(lower(content COLLATE "C"), E'\x01');
    -- One of them holds E'\x01', or may be too long: NFKC makes 18 letters of some, and a word of an index has
    -- {LONGEST_WORD} bytes at most.
    IF cardinality(keys) <> cardinality(tags) OR length(content) > {LONGEST} THEN
        keys := ARRAY(
            SELECT left(lower(translate(normalize(replace(tag, E'\x01', ' '), NFKC), '{UPPER}', '{LOWER}')
                COLLATE "C"), {LONGEST})
            FROM unnest(tags) WITH ORDINALITY AS parts (tag, number) ORDER BY number);
    END IF;
    RETURN keys;
END
$$;

CREATE FUNCTION genonaut_tags_query(tags text[]) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
-- Returns what matches the words of a row that has all of these tags.
SELECT string_agg('''#' || replace(replace(key, '\', '\\'), '''', '''''') || '''', ' & ')::tsquery
FROM unnest(genonaut_tag_keys(tags)) AS key
$$;

CREATE FUNCTION genonaut_name_words(name text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path FROM CURRENT AS $$
-- Returns the words of a name without their accents, as one types their beginnings. A restore computes generated columns
-- with no search path.
SELECT to_tsvector('simple', regexp_replace(
    lower(genonaut_search_fold(name) COLLATE "C"), '[^a-z0-9\u0080-\U0010ffff]+', ' ', 'g'))
$$;

CREATE FUNCTION genonaut_name_query(beginning text) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
-- Returns what matches the words of a name that is being typed: each may be the beginning of one. NULL without words.
SELECT string_agg('''' || lexeme || ''':*', ' & ')::tsquery FROM unnest(genonaut_name_words(beginning))
$$;
"""  # noqa: S608 - of what stands above
NO_FUNCTIONS = """
DROP FUNCTION genonaut_name_query(text);
DROP FUNCTION genonaut_name_words(text);
DROP FUNCTION genonaut_tags_query(text[]);
DROP FUNCTION genonaut_tag_keys(text[]);
"""


class Migration(migrations.Migration):
    dependencies = [("genonaut", "0004_search_texts")]

    operations = [migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS)]
