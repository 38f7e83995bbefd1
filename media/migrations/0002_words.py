"""What finds a work by its file and by what generated it, as words; and the words of models' names."""

from django.db import migrations

WORDS = r"""
CREATE FUNCTION media_number_word(name text, value double precision, form text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
-- Returns a word with as many digits as any: a range of numbers is then a few beginnings of words (content/parameters.py).
-- NULL for a number that has more.
SELECT name || ':' || to_char(value, 'FM' || form)
WHERE value >= 0 AND strpos(to_char(value, 'FM' || form), '#') = 0
$$;

CREATE FUNCTION media_words_query(words text[]) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
-- Returns what matches a row that has all of these words: 'sampler:Euler a', whatever its case.
SELECT string_agg('''=' || replace(replace(key, '\', '\\'), '''', '''''') || '''', ' & ')::tsquery
FROM unnest(genonaut_tag_keys(words)) AS key
$$;

CREATE FUNCTION media_words(file_id bigint, generation_id bigint, library_id bigint) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
-- Returns the words that find a work by its file, by what generated it and by its library.
DECLARE
    file media_mediafile;
    made media_generationdata;
    width integer;
    height integer;
    names text[];
BEGIN
    SELECT * INTO file FROM media_mediafile WHERE id = file_id;
    SELECT * INTO made FROM media_generationdata WHERE id = generation_id;
    width := coalesce(file.width, made.width);
    height := coalesce(file.height, made.height);
    names := genonaut_tag_keys(ARRAY[coalesce(made.generator, ''), coalesce(made.sampler, ''), coalesce(made.scheduler, '')]);
    RETURN array_remove(ARRAY[
        CASE WHEN file.id IS NOT NULL THEN 'file' END,
        'library:' || library_id,
        'generator:' || nullif(names[1], ''),
        'sampler:' || nullif(names[2], ''),
        'scheduler:' || nullif(names[3], ''),
        media_number_word('steps', made.steps, '0000'),
        media_number_word('cfg', made.cfg, '0000.000'),
        'seed:' || made.seed,
        CASE WHEN made.has_workflow THEN 'workflow' END,
        media_number_word('width', width, '00000'),
        media_number_word('height', height, '00000'),
        'aspect:' || CASE WHEN width > height THEN 'landscape' WHEN width < height THEN 'portrait' WHEN width = height THEN 'square' END
    ] || ARRAY(SELECT 'model:' || id FROM unnest(media_models(generation_id)) AS id), NULL);
END
$$;

CREATE FUNCTION media_models(generation_id bigint) RETURNS bigint[]
LANGUAGE sql STABLE STRICT AS $$
-- Returns the model and the LoRAs that a work was made with, each once.
SELECT ARRAY(SELECT DISTINCT unnest(array_append(loras, model_id)))
FROM media_generationdata WHERE id = generation_id
$$;
"""
NO_WORDS = """
DROP FUNCTION media_words_query(text[]);
DROP FUNCTION media_words(bigint, bigint, bigint);
DROP FUNCTION media_models(bigint);
DROP FUNCTION media_number_word(text, double precision, text);
"""
NAMES = r"""
CREATE FUNCTION media_model_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.key := (genonaut_tag_keys(ARRAY[NEW.name]))[1];
    NEW.search_words := to_tsvector('simple', genonaut_search_text(NEW.name));
    RETURN NEW;
END
$$;
CREATE TRIGGER media_model_names BEFORE INSERT OR UPDATE OF name, key, search_words ON media_generativemodel
FOR EACH ROW EXECUTE FUNCTION media_model_names();
"""
NO_NAMES = """
DROP TRIGGER media_model_names ON media_generativemodel;
DROP FUNCTION media_model_names();
"""


class Migration(migrations.Migration):
    dependencies = [("media", "0001_initial"), ("genonaut", "0005_tag_keys")]

    operations = [
        migrations.RunSQL(WORDS, NO_WORDS),
        migrations.RunSQL(NAMES, NO_NAMES),
    ]
