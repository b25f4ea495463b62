package dev.espalier.worker.chat.jinja;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** As {@code json.dumps(value, ensure_ascii=False, indent=...)} of Python, which transformers has tojson be. */
final class Json {
    private final String indent;
    private final Budget budget;
    private final StringBuilder out = new StringBuilder();

    private Json(String indent, Budget budget) {
        this.indent = indent;
        this.budget = budget;
    }

    /** @param indent null: all in one line */
    static String of(Object value, Object indent, Budget budget) {
        Json json = new Json(
                indent == null
                        ? null
                        : indent instanceof String text ? text : (String) Arithmetic.of(" ", "*", indent, budget),
                budget);
        json.write(value, 0);
        return json.out.toString();
    }

    private void write(Object value, int depth) {
        budget.step();
        switch (Values.kind(value)) {
            case "none" -> out.append("null");
            case "boolean" -> out.append(value);
            case "integer" -> out.append(value);
            case "float" ->
                out.append(Values.decimal((Double) value).replace("nan", "NaN").replace("inf", "Infinity"));
            case "string" -> string((String) value);
            case "list" -> list((List<?>) value, depth);
            case "mapping" -> map((Map<?, ?>) value, depth);
            default -> throw new TemplateException(Values.kind(value) + " cannot be written as JSON");
        }
    }

    private void list(List<?> list, int depth) {
        open("[", list.isEmpty(), depth);
        for (Iterator<?> items = list.iterator(); items.hasNext(); ) {
            write(items.next(), depth + 1);
            between(items.hasNext(), depth);
        }
        out.append("]");
    }

    private void map(Map<?, ?> map, int depth) {
        open("{", map.isEmpty(), depth);
        for (Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator(); entries.hasNext(); ) {
            Map.Entry<?, ?> entry = entries.next();
            string(name(entry.getKey()));
            out.append(": ");
            write(entry.getValue(), depth + 1);
            between(entries.hasNext(), depth);
        }
        out.append("}");
    }

    private void open(String bracket, boolean empty, int depth) {
        out.append(bracket);
        if (!empty) {
            line(depth + 1);
        }
    }

    private void between(boolean more, int depth) {
        if (more) {
            out.append(indent == null ? ", " : ",");
        }
        line(more ? depth + 1 : depth);
    }

    private void line(int depth) {
        if (indent != null) {
            budget.make((long) indent.length() * depth);
            out.append('\n').append(indent.repeat(depth));
        }
    }

    /** A number, a boolean or none is written as its JSON. */
    private String name(Object key) {
        return key == null ? "null" : key instanceof Boolean flag ? flag.toString() : Values.text(key, budget);
    }

    private void string(String text) {
        budget.make(text.length());
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (c < ' ') {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
