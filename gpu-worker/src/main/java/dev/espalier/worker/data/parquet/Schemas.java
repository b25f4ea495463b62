package dev.espalier.worker.data.parquet;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.format.ConvertedType;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;

/** The tree of columns, from the list that a footer keeps it as. */
final class Schemas {
    private static final int MOST_ELEMENTS = 20_000;
    private static final int DEEPEST = 64;

    private final List<SchemaElement> elements;
    private int at;

    private Schemas(List<SchemaElement> elements) {
        this.elements = elements;
    }

    /** @throws IOException whose message tells what is wrong with the schema */
    static MessageType read(List<SchemaElement> elements) throws IOException {
        if (elements.isEmpty() || elements.size() > MOST_ELEMENTS) {
            throw new IOException("its schema has " + elements.size() + " elements");
        }
        Schemas schemas = new Schemas(elements);
        SchemaElement root = schemas.next();
        List<Type> columns = schemas.children(root, 0);
        if (schemas.at != elements.size()) {
            throw new IOException("its schema has elements that belong to no group");
        }
        return new MessageType(root.getName(), columns);
    }

    private SchemaElement next() throws IOException {
        if (at == elements.size()) {
            throw new IOException("its schema lacks elements");
        }
        return elements.get(at++);
    }

    private List<Type> children(SchemaElement group, int depth) throws IOException {
        if (depth > DEEPEST || group.getNum_children() < 1) {
            throw new IOException("its schema is malformed at '" + group.getName() + "'");
        }
        List<Type> types = new ArrayList<>();
        for (int i = 0; i < group.getNum_children(); i++) {
            types.add(type(next(), depth + 1));
        }
        return types;
    }

    private Type type(SchemaElement element, int depth) throws IOException {
        if (!element.isSetRepetition_type()) {
            throw new IOException("its schema is malformed at '" + element.getName() + "'");
        }
        Type.Repetition repetition =
                Type.Repetition.valueOf(element.getRepetition_type().name());
        if (!element.isSetType()) {
            Types.GroupBuilder<GroupType> group = Types.buildGroup(repetition);
            if (isList(element)) {
                group.as(LogicalTypeAnnotation.listType());
            }
            return group.addFields(children(element, depth).toArray(Type[]::new))
                    .named(element.getName());
        }
        // Other annotations than text's are of no concern here, and would only be checked.
        Types.PrimitiveBuilder<PrimitiveType> column =
                Types.primitive(kind(element.getType()), repetition).length(element.getType_length());
        if (isText(element)) {
            column.as(LogicalTypeAnnotation.stringType());
        }
        return column.named(element.getName());
    }

    private static PrimitiveTypeName kind(org.apache.parquet.format.Type type) {
        return type == org.apache.parquet.format.Type.BYTE_ARRAY
                ? PrimitiveTypeName.BINARY
                : PrimitiveTypeName.valueOf(type.name());
    }

    private static boolean isList(SchemaElement element) {
        return element.getConverted_type() == ConvertedType.LIST
                || (element.isSetLogicalType() && element.getLogicalType().isSetLIST());
    }

    /** Bytes of which it is not said what they are may be text: older writers did not say so. */
    private static boolean isText(SchemaElement element) {
        boolean bytes = element.getType() == org.apache.parquet.format.Type.BYTE_ARRAY;
        if (!element.isSetConverted_type() && !element.isSetLogicalType()) {
            return bytes;
        }
        ConvertedType type = element.getConverted_type();
        return bytes
                && (type == ConvertedType.UTF8
                        || type == ConvertedType.ENUM
                        || type == ConvertedType.JSON
                        || (element.isSetLogicalType()
                                && element.getLogicalType().isSetSTRING()));
    }
}
