package dev.espalier.worker.chat.jinja;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What Python makes of values. */
final class Values {
    private Values() {}

    static boolean truth(Object value) {
        return switch (kind(value)) {
            case "undefined", "none" -> false;
            case "boolean" -> (Boolean) value;
            case "integer" -> (Long) value != 0;
            case "float" -> (Double) value != 0;
            case "string" -> !((String) value).isEmpty();
            case "list" -> !((List<?>) value).isEmpty();
            case "mapping" -> !((Map<?, ?>) value).isEmpty();
            default -> true;
        };
    }

    /** In one word, for messages and decisions. */
    static String kind(Object value) {
        if (value == null) {
            return "none";
        } else if (value instanceof Undefined) {
            return "undefined";
        } else if (value instanceof Boolean) {
            return "boolean";
        } else if (value instanceof Long) {
            return "integer";
        } else if (value instanceof Double) {
            return "float";
        } else if (value instanceof String) {
            return "string";
        } else if (value instanceof List) {
            return "list";
        } else if (value instanceof Map) {
            return "mapping";
        }
        return value instanceof Namespace ? "namespace" : "function";
    }

    /** As {@code str()}. What has parts may have the same ones again and again, so each counts where it is written. */
    static String text(Object value, Budget budget) {
        if (value instanceof String text) {
            return text;
        }
        StringBuilder out = new StringBuilder();
        if (!(value instanceof Undefined)) {
            show(value, out, budget);
        }
        return out.toString();
    }

    /** As {@code repr()}. */
    private static void show(Object value, StringBuilder out, Budget budget) {
        budget.make(value instanceof String text ? text.length() : 1);
        switch (kind(value)) {
            case "none" -> out.append("None");
            case "undefined" -> out.append("Undefined");
            case "boolean" -> out.append((Boolean) value ? "True" : "False");
            case "float" -> out.append(decimal((Double) value));
            case "string" -> out.append(quoted((String) value));
            case "list" -> {
                String between = "[";
                for (Object item : (List<?>) value) {
                    show(item, out.append(between), budget);
                    between = ", ";
                }
                out.append(((List<?>) value).isEmpty() ? "[]" : "]");
            }
            case "mapping" -> {
                String between = "{";
                for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
                    show(entry.getKey(), out.append(between), budget);
                    show(entry.getValue(), out.append(": "), budget);
                    between = ", ";
                }
                out.append(((Map<?, ?>) value).isEmpty() ? "{}" : "}");
            }
            case "integer" -> out.append(value);
            default -> out.append('<').append(kind(value)).append('>');
        }
    }

    /** What may be looked up in a mapping: Python has no list or mapping there. */
    static Object key(Object value) {
        if (value instanceof List || value instanceof Map) {
            throw new TemplateException(kind(value) + " cannot be a key");
        }
        return value;
    }

    static String decimal(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }
        String java = Double.toString(value);
        int exponent = java.indexOf('E');
        if (exponent < 0) {
            return java;
        }
        int power = Integer.parseInt(java.substring(exponent + 1));
        if (power > -5 && power < 16) {
            String plain = new java.math.BigDecimal(java).toPlainString();
            return plain.contains(".") ? plain : plain + ".0";
        }
        String mantissa = java.substring(0, exponent);
        mantissa = mantissa.endsWith(".0") ? mantissa.substring(0, mantissa.length() - 2) : mantissa;
        return mantissa + "e" + (power < 0 ? "-" : "+") + (Math.abs(power) < 10 ? "0" : "") + Math.abs(power);
    }

    private static String quoted(String text) {
        char quote = text.contains("'") && !text.contains("\"") ? '"' : '\'';
        StringBuilder quoted = new StringBuilder().append(quote);
        text.codePoints().forEach(c -> {
            if (c == quote || c == '\\') {
                quoted.append('\\').appendCodePoint(c);
            } else if (c == '\n') {
                quoted.append("\\n");
            } else if (c == '\r') {
                quoted.append("\\r");
            } else if (c == '\t') {
                quoted.append("\\t");
            } else if (c < ' ' || c == 0x7f) {
                quoted.append(String.format("\\x%02x", c));
            } else {
                quoted.appendCodePoint(c);
            }
        });
        return quoted.append(quote).toString();
    }

    /** What a loop goes over. */
    static Collection<?> items(Object value, Budget budget) {
        if (value instanceof List<?> list) {
            return list;
        } else if (value instanceof Map<?, ?> map) {
            return map.keySet();
        } else if (value instanceof String text) {
            budget.make(text.length());
            List<Object> letters = new ArrayList<>();
            text.codePoints().forEach(c -> letters.add(Character.toString(c)));
            return letters;
        } else if (value instanceof Undefined) {
            return List.of();
        }
        throw new TemplateException(kind(value) + " has no elements to go over");
    }

    /** Each pair of parts counts, for the same ones may stand in many places. */
    static boolean equal(Object a, Object b, Budget budget) {
        budget.step();
        if (number(a) && number(b)) {
            return asDouble(a) == asDouble(b);
        }
        if (a instanceof List<?> left && b instanceof List<?> right) {
            boolean same = left.size() == right.size();
            for (int i = 0; same && i < left.size(); i++) {
                same = equal(left.get(i), right.get(i), budget);
            }
            return same;
        }
        if (a instanceof Map<?, ?> left && b instanceof Map<?, ?> right) {
            boolean same = left.size() == right.size();
            for (Map.Entry<?, ?> entry : left.entrySet()) {
                same = same
                        && right.containsKey(entry.getKey())
                        && equal(entry.getValue(), right.get(entry.getKey()), budget);
            }
            return same;
        }
        if (a instanceof String left && b instanceof String right && left.length() == right.length()) {
            budget.look(left.length());
        }
        return (a instanceof Undefined && b instanceof Undefined) || Objects.equals(a, b);
    }

    static boolean compared(Object a, String operator, Object b, Budget budget) {
        budget.step();
        return switch (operator) {
            case "==" -> equal(a, b, budget);
            case "!=" -> !equal(a, b, budget);
            case "in" -> contains(b, a, budget);
            case "not in" -> !contains(b, a, budget);
            case "<" -> order(a, b, budget) < 0;
            case "<=" -> order(a, b, budget) <= 0;
            case ">" -> order(a, b, budget) > 0;
            default -> order(a, b, budget) >= 0;
        };
    }

    static int order(Object a, Object b, Budget budget) {
        if (number(a) && number(b)) {
            return a instanceof Double || b instanceof Double
                    ? Double.compare(asDouble(a), asDouble(b))
                    : Long.compare(asLong(a), asLong(b));
        }
        if (a instanceof String left && b instanceof String right) {
            budget.look(Math.min(left.length(), right.length()));
            return left.compareTo(right);
        }
        throw new TemplateException(kind(a) + " and " + kind(b) + " have no order");
    }

    private static boolean contains(Object whole, Object part, Budget budget) {
        if (whole instanceof String text) {
            if (!(part instanceof String wanted)) {
                throw new TemplateException("a string holds strings only, not " + kind(part));
            }
            budget.seek(text, wanted);
            return text.contains(wanted);
        }
        if (whole instanceof Map<?, ?> map) {
            return map.containsKey(key(part));
        }
        Collection<?> items = items(whole, budget);
        budget.make(items.size());
        return items.stream().anyMatch(item -> equal(item, part, budget));
    }

    static boolean number(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    static double asDouble(Object value) {
        return value instanceof Double number ? number : asLong(value);
    }

    static long asLong(Object value) {
        if (value instanceof Long number) {
            return number;
        } else if (value instanceof Boolean flag) {
            return flag ? 1 : 0;
        }
        throw new TemplateException(kind(value) + " is no whole number");
    }
}
