package dev.espalier.protocol.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import dev.espalier.protocol.UserError;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How long a configuration becomes when its substitutions are resolved. Each may double what it names, so that a thousand
 * bytes can mean more than any memory holds: that is found out here, without doing it. The lengths are never below the true
 * ones, apart from what stands in the environment.
 */
final class Expansion {
    /** Characters; eight times what a resolved configuration may have, for it also counts what is left out later. */
    static final int MOST_CHARACTERS = 1 << 20;

    private final String source;
    private final ConfigObject root;
    private final Map<ConfigValue, Double> lengths = new IdentityHashMap<>();
    private final Set<ConfigValue> begun = Collections.newSetFromMap(new IdentityHashMap<>());

    private Expansion(String source, ConfigObject root) {
        this.source = source;
        this.root = root;
    }

    /** @throws UserError if it would become too long, or a value would need itself */
    static void check(String source, Config unresolved) {
        Expansion expansion = new Expansion(source, unresolved.root());
        if (expansion.length(unresolved.root()) > MOST_CHARACTERS) {
            throw new UserError(source + " would be longer than " + MOST_CHARACTERS
                    + " characters with its substitutions" + " resolved: write less, or repeat less with ${...}");
        }
    }

    private double length(ConfigValue value) {
        Double known = lengths.get(value);
        if (known != null) {
            return known;
        }
        if (!begun.add(value)) {
            throw new UserError(source + ": a ${...} at " + value.origin().description()
                    + " leads back to itself: write the value in one of the places");
        }
        Optional<ConfigObject> section = section(value);
        double length = section.isPresent() ? sum(section.get()) : new Leaf(value).length();
        lengths.put(value, length);
        return length;
    }

    private double sum(ConfigObject section) {
        double sum = 0;
        for (Map.Entry<String, ConfigValue> entry : section.entrySet()) {
            sum += entry.getKey().length() + length(entry.getValue());
        }
        return sum;
    }

    /** An object whose keys are known; those of one that begins with a substitution are not. */
    private static Optional<ConfigObject> section(ConfigValue value) {
        if (!(value instanceof ConfigObject object)) {
            return Optional.empty();
        }
        try {
            var unused = object.isEmpty();
            return Optional.of(object);
        } catch (ConfigException.NotResolved e) {
            return Optional.empty();
        }
    }

    /** A value that is written at one key: a number, a list, or anything with substitutions in it, as the library prints it. */
    private final class Leaf {
        private final ConfigValue value;
        private final String text;

        /** What the key held before the element that is being read: {@code ${itself}} means that. */
        private double before;

        private double element;
        private int open;
        private int itself;
        private int itselfOutside;
        private int partsOfItself;

        Leaf(ConfigValue value) {
            this.value = value;
            text = value.render(ConfigRenderOptions.concise());
        }

        double length() {
            for (int at = 0; at < text.length(); ) {
                int end = tokenEnd(at);
                if (text.startsWith("${", at)) {
                    substitution(text.substring(at + 2, end - 1));
                } else if (text.charAt(at) == ',' && open == 0) {
                    endElement();
                } else {
                    open += "[{".indexOf(text.charAt(at)) >= 0 ? 1 : "]}".indexOf(text.charAt(at)) >= 0 ? -1 : 0;
                    element += end - at;
                }
                at = end;
            }
            endElement();
            return before;
        }

        /** A quoted text, a substitution, or one character. */
        private int tokenEnd(int at) {
            if (text.charAt(at) == '"') {
                return quotedEnd(at);
            }
            if (!text.startsWith("${", at)) {
                return at + 1;
            }
            int end = at + 2;
            while (text.charAt(end) != '}') {
                end = text.charAt(end) == '"' ? quotedEnd(end) : end + 1;
            }
            return end + 1;
        }

        private int quotedEnd(int at) {
            int end = at + 1;
            while (text.charAt(end) != '"') {
                end += text.charAt(end) == '\\' ? 2 : 1;
            }
            return end + 1;
        }

        private void substitution(String expression) {
            List<String> path = ConfigUtil.splitPath(expression.startsWith("?") ? expression.substring(1) : expression);
            // In an included file a path may begin there or at the root.
            for (int from = 0; from < path.size(); from++) {
                List<String> keys = path.subList(from, path.size());
                ConfigValue target = root;
                int found = 0;
                for (Optional<ConfigObject> in = section(target);
                        found < keys.size() && in.isPresent() && in.get().containsKey(keys.get(found));
                        in = section(target)) {
                    target = in.get().get(keys.get(found++));
                }
                boolean whole = found == keys.size();
                if (target == value) {
                    itself += whole ? 1 : 0;
                    itselfOutside += whole && open == 0 ? 1 : 0;
                    partsOfItself += whole ? 0 : 1;
                } else if (whole || section(target).isEmpty()) {
                    element += Expansion.this.length(target);
                }
                if (whole) {
                    return;
                }
            }
        }

        /** Elements are what was written at the key one after the other; each hides the one before or is merged into it. */
        private void endElement() {
            double length = (element + itself * before) * Math.pow(2, partsOfItself);
            before = itselfOutside > 0 ? length : before + length;
            element = 0;
            itself = 0;
            itselfOutside = 0;
            partsOfItself = 0;
        }
    }
}
