package dev.espalier.worker.data.files;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.protocol.UserError;

/**
 * An object of a file of such, and where it stands, for messages.
 *
 * @param value normally an object
 */
public record Row(JsonNode value, String where) {
    /**
     * A field of the object.
     *
     * @param field its name, or the names on the way to one within other objects, with dots between them
     * @param remedy a sentence for who has no such field
     * @throws UserError if there is none, or it is no text
     */
    public String text(String field, String remedy) {
        FieldPath path = FieldPath.of(field);
        JsonNode text = path.in(value);
        if (!text.isTextual()) {
            throw new UserError(where + " has no text field '" + field + "'" + path.seen(value) + ". " + remedy);
        }
        return TextFile.wellFormed(text.textValue());
    }
}
