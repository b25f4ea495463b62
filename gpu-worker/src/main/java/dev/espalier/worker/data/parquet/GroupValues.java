package dev.espalier.worker.data.parquet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.Type;

/**
 * A row as the JSON object that it would be in a .jsonl file. Lists are told by the rules of the Parquet format's
 * LogicalTypes.md, the older ones among them.
 */
final class GroupValues {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final TextBound bound;

    /** @param bound hears of every value before it is made */
    GroupValues(TextBound bound) {
        this.bound = bound;
    }

    /** @throws IOException if a text is not UTF-8, or there is too much of it */
    ObjectNode object(Group group) throws IOException {
        GroupType type = group.getType();
        ObjectNode object = JSON.objectNode();
        for (int field = 0; field < type.getFieldCount(); field++) {
            Type child = type.getType(field);
            object.set(
                    child.getName(),
                    child.isRepetition(Type.Repetition.REPEATED)
                            ? repeated(group, field)
                            : group.getFieldRepetitionCount(field) == 0 ? JSON.nullNode() : value(group, field, 0));
        }
        return object;
    }

    private ArrayNode repeated(Group group, int field) throws IOException {
        ArrayNode values = JSON.arrayNode();
        for (int i = 0; i < group.getFieldRepetitionCount(field); i++) {
            values.add(value(group, field, i));
        }
        return values;
    }

    private JsonNode value(Group group, int field, int index) throws IOException {
        Type type = group.getType().getType(field);
        bound.take(0);
        if (!type.isPrimitive()) {
            Group inner = group.getGroup(field, index);
            return Projection.isList(type) ? list(inner) : object(inner);
        }
        return switch (type.asPrimitiveType().getPrimitiveTypeName()) {
            case BOOLEAN -> JSON.booleanNode(group.getBoolean(field, index));
            case INT32 -> JSON.numberNode(group.getInteger(field, index));
            case INT64 -> JSON.numberNode(group.getLong(field, index));
            case FLOAT -> JSON.numberNode(group.getFloat(field, index));
            case DOUBLE -> JSON.numberNode(group.getDouble(field, index));
            case BINARY ->
                type.getLogicalTypeAnnotation() instanceof LogicalTypeAnnotation.StringLogicalTypeAnnotation
                        ? JSON.textNode(
                                text(bounded(group.getBinary(field, index)).toByteBuffer()))
                        : JSON.binaryNode(bounded(group.getBinary(field, index)).getBytes());
            case FIXED_LEN_BYTE_ARRAY ->
                JSON.binaryNode(bounded(group.getBinary(field, index)).getBytes());
            case INT96 -> JSON.binaryNode(group.getInt96(field, index).getBytes());
        };
    }

    /** It may be a reference to what stands in the file once. */
    private Binary bounded(Binary binary) throws IOException {
        bound.take(binary.length());
        return binary;
    }

    private ArrayNode list(Group list) throws IOException {
        GroupType type = list.getType();
        if (type.getFieldCount() != 1 || !type.getType(0).isRepetition(Type.Repetition.REPEATED)) {
            throw new IOException("the list '" + type.getName() + "' is malformed");
        }
        Type repeated = type.getType(0);
        boolean wrapped = !repeated.isPrimitive()
                && repeated.asGroupType().getFieldCount() == 1
                && !repeated.getName().equals("array")
                && !repeated.getName().equals(type.getName() + "_tuple");
        if (!wrapped) {
            return repeated(list, 0);
        }
        ArrayNode values = JSON.arrayNode();
        for (int i = 0; i < list.getFieldRepetitionCount(0); i++) {
            values.add(object(list.getGroup(0, i)).iterator().next());
        }
        return values;
    }

    private static String text(ByteBuffer bytes) throws IOException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)
                .decode(bytes)
                .toString();
    }
}
