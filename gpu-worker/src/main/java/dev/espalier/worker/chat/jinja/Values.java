package dev.espalier.worker.chat.jinja;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

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

    /** As {@code str()}. */
    static String text(Object value) {
        return value instanceof String text ? text : value instanceof Undefined ? "" : shown(value);
    }

    /** As {@code repr()}. */
    static String shown(Object value) {
        return switch (kind(value)) {
            case "none" -> "None";
            case "undefined" -> "Undefined";
            case "boolean" -> (Boolean) value ? "True" : "False";
            case "float" -> decimal((Double) value);
            case "string" -> quoted((String) value);
            case "list" -> ((List<?>) value).stream().map(Values::shown).collect(Collectors.joining(", ", "[", "]"));
            case "mapping" ->
                ((Map<?, ?>) value)
                        .entrySet().stream()
                                .map(entry -> shown(entry.getKey()) + ": " + shown(entry.getValue()))
                                .collect(Collectors.joining(", ", "{", "}"));
            case "integer" -> value.toString();
            default -> "<" + kind(value) + ">";
        };
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

    static boolean equal(Object a, Object b) {
        if (number(a) && number(b)) {
            return asDouble(a) == asDouble(b);
        }
        if (a instanceof List<?> left && b instanceof List<?> right) {
            if (left.size() != right.size()) {
                return false;
            }
            for (int i = 0; i < left.size(); i++) {
                if (!equal(left.get(i), right.get(i))) {
                    return false;
                }
            }
            return true;
        }
        if (a instanceof Undefined && b instanceof Undefined) {
            return true;
        }
        return Objects.equals(a, b);
    }

    static boolean compared(Object a, String operator, Object b, Budget budget) {
        budget.step();
        return switch (operator) {
            case "==" -> equal(a, b);
            case "!=" -> !equal(a, b);
            case "in" -> contains(b, a, budget);
            case "not in" -> !contains(b, a, budget);
            case "<" -> order(a, b) < 0;
            case "<=" -> order(a, b) <= 0;
            case ">" -> order(a, b) > 0;
            default -> order(a, b) >= 0;
        };
    }

    static int order(Object a, Object b) {
        if (number(a) && number(b)) {
            return a instanceof Double || b instanceof Double
                    ? Double.compare(asDouble(a), asDouble(b))
                    : Long.compare(asLong(a), asLong(b));
        }
        if (a instanceof String left && b instanceof String right) {
            return left.compareTo(right);
        }
        throw new TemplateException(kind(a) + " and " + kind(b) + " have no order");
    }

    private static boolean contains(Object whole, Object part, Budget budget) {
        if (whole instanceof String text) {
            if (!(part instanceof String wanted)) {
                throw new TemplateException("a string holds strings only, not " + kind(part));
            }
            return text.contains(wanted);
        }
        if (whole instanceof Map<?, ?> map) {
            return map.containsKey(part);
        }
        Collection<?> items = items(whole, budget);
        budget.make(items.size());
        return items.stream().anyMatch(item -> equal(item, part));
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
