package dev.espalier.worker.chat.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Parts of values: attributes, items, slices. */
final class Access {
    private Access() {}

    /** {@code value.name}: a method of the value, or what it holds under the name. */
    static Object attribute(Object value, String name) {
        if (value instanceof Undefined undefined) {
            throw undefined.used();
        }
        Callable method = Methods.of(value, name);
        if (method != null) {
            return method;
        }
        return held(value, name);
    }

    /** {@code value[key]}. */
    static Object item(Object value, Object key, Budget budget) {
        if (value instanceof Undefined undefined) {
            throw undefined.used();
        }
        if (key instanceof Long index && (value instanceof List || value instanceof String)) {
            return at(value, index, budget);
        }
        Object held = held(value, key);
        Callable method = held instanceof Undefined && key instanceof String name ? Methods.of(value, name) : null;
        return method != null ? method : held;
    }

    private static Object held(Object value, Object key) {
        Map<?, ?> names = value instanceof Namespace namespace
                ? namespace.names()
                : value instanceof Map<?, ?> map ? map : Collections.emptyMap();
        return names.containsKey(Values.key(key)) ? names.get(key) : new Undefined(String.valueOf(key));
    }

    private static Object at(Object value, long index, Budget budget) {
        // Places count code points: each is found by going there.
        budget.look(value instanceof String text ? text.length() : 1);
        int length = value instanceof String text ? text.codePointCount(0, text.length()) : ((List<?>) value).size();
        long from = index < 0 ? index + length : index;
        if (from < 0 || from >= length) {
            return new Undefined("element " + index);
        }
        if (value instanceof String text) {
            return Character.toString(text.codePointAt(text.offsetByCodePoints(0, (int) from)));
        }
        return ((List<?>) value).get((int) from);
    }

    /** {@code value[from:to:step]}, with null where nothing is said. */
    static Object slice(Object value, Object from, Object to, Object step, Budget budget) {
        long asked = step == null ? 1 : Values.asLong(step);
        if (asked == 0) {
            throw new TemplateException("a slice has the step 0");
        }
        if (value instanceof Undefined undefined) {
            throw undefined.used();
        }
        if (!(value instanceof String) && !(value instanceof List)) {
            throw new TemplateException(Values.kind(value) + " cannot be sliced");
        }
        List<Object> items = new ArrayList<>(Values.items(value, budget));
        int length = items.size();
        // Beyond the ends a longer step is no other, and cannot overflow.
        long by = Math.max(-length - 1L, Math.min(length + 1L, asked));
        long first = from == null ? (by > 0 ? 0 : length - 1) : clamped(Values.asLong(from), length, by);
        long end = to == null ? (by > 0 ? length : -1) : clamped(Values.asLong(to), length, by);
        List<Object> chosen = new ArrayList<>();
        for (long i = first; by > 0 ? i < end : i > end; i += by) {
            chosen.add(items.get((int) i));
        }
        budget.make(chosen.size());
        if (value instanceof String) {
            StringBuilder text = new StringBuilder();
            chosen.forEach(text::append);
            return text.toString();
        }
        return chosen;
    }

    private static long clamped(long index, int length, long by) {
        long at = index < 0 ? index + length : index;
        return by > 0 ? Math.max(0, Math.min(at, length)) : Math.max(-1, Math.min(at, length - 1));
    }
}
