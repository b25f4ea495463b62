package dev.espalier.worker.data.parquet;

import dev.espalier.worker.data.files.FieldPath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/** The part of a schema that a field of the rows needs: one column, or all that a group holds. */
final class Projection {
    private Projection() {}

    /**
     * @param field a column's name, or the names on the way to one within groups, with dots between them
     * @param remedy a sentence for who has named one that is not there
     * @throws IOException whose message names what there is instead
     */
    static MessageType of(MessageType schema, String field, String remedy) throws IOException {
        if (schema.containsField(field)) {
            return new MessageType(schema.getName(), schema.getType(field));
        }
        Optional<Type> found = within(schema, List.of(field.split("\\.", -1)));
        if (found.isEmpty()) {
            List<String> names = new ArrayList<>();
            gather(schema, "", names);
            throw new IOException("it has no column '" + field + "' (" + FieldPath.told(field, names) + "). "
                    + remedy.replaceFirst("\\.$", ""));
        }
        return new MessageType(schema.getName(), found.get());
    }

    /** The child of a group that the names lead to, in groups that hold it alone. */
    private static Optional<Type> within(GroupType group, List<String> names) {
        if (!group.containsField(names.get(0))) {
            return Optional.empty();
        }
        Type child = group.getType(names.get(0));
        if (names.size() == 1) {
            return Optional.of(child);
        }
        if (child.isPrimitive() || child.isRepetition(Type.Repetition.REPEATED) || isList(child)) {
            return Optional.empty();
        }
        return within(child.asGroupType(), names.subList(1, names.size()))
                .map(inner -> child.asGroupType().withNewFields(inner));
    }

    static boolean isList(Type type) {
        return type.getLogicalTypeAnnotation()
                instanceof org.apache.parquet.schema.LogicalTypeAnnotation.ListLogicalTypeAnnotation;
    }

    /** Names of columns two groups deep. */
    private static void gather(GroupType group, String before, List<String> into) {
        for (Type type : group.getFields()) {
            into.add(before + type.getName());
            if (before.isEmpty() && !type.isPrimitive() && !isList(type)) {
                gather(type.asGroupType(), type.getName() + ".", into);
            }
        }
    }
}
