package dev.espalier.worker.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/** Sums and products of numbers, texts and lists. */
final class Arithmetic {
    private Arithmetic() {}

    static Object of(Object a, String operator, Object b, Budget budget) {
        if (a instanceof Undefined undefined) {
            throw undefined.used();
        }
        if (b instanceof Undefined undefined) {
            throw undefined.used();
        }
        if (Values.number(a) && Values.number(b)) {
            return numbers(a, operator, b);
        }
        if (operator.equals("+") && a instanceof String left && b instanceof String right) {
            budget.make((long) left.length() + right.length());
            return left + right;
        }
        if (operator.equals("+") && a instanceof List<?> left && b instanceof List<?> right) {
            budget.make((long) left.size() + right.size());
            List<Object> both = new ArrayList<>(left);
            both.addAll(right);
            return both;
        }
        if (operator.equals("*") && a instanceof String text && b instanceof Long times) {
            int count = (int) Math.max(0, Math.min(times, Integer.MAX_VALUE));
            budget.make((long) text.length() * count);
            return text.repeat(text.isEmpty() ? 0 : count);
        }
        throw new TemplateException("'" + operator + "' does not take " + Values.kind(a) + " and " + Values.kind(b));
    }

    static Object negative(Object value) {
        return value instanceof Double number ? -number : numbers(0L, "-", Values.asLong(value));
    }

    private static Object numbers(Object a, String operator, Object b) {
        try {
            if (operator.equals("/") || a instanceof Double || b instanceof Double) {
                return decimals(Values.asDouble(a), operator, Values.asDouble(b));
            }
            long left = Values.asLong(a);
            long right = Values.asLong(b);
            return switch (operator) {
                case "+" -> Math.addExact(left, right);
                case "-" -> Math.subtractExact(left, right);
                case "*" -> Math.multiplyExact(left, right);
                case "//" -> Math.floorDiv(left, right);
                case "%" -> Math.floorMod(left, right);
                default -> power(left, right);
            };
        } catch (ArithmeticException e) {
            throw new TemplateException("'" + operator + "': " + e.getMessage());
        }
    }

    private static Object power(long base, long exponent) {
        double value = Math.pow(base, exponent);
        if (exponent >= 0 && Math.abs(value) < 1L << 53) {
            return (long) value;
        }
        return value;
    }

    private static double decimals(double a, String operator, double b) {
        if (b == 0
                && !operator.equals("+")
                && !operator.equals("-")
                && !operator.equals("*")
                && !operator.equals("**")) {
            throw new ArithmeticException("division by zero");
        }
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            case "//" -> Math.floor(a / b);
            case "%" -> a - b * Math.floor(a / b);
            default -> Math.pow(a, b);
        };
    }
}
