package dev.espalier.protocol.config;

import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** What is wrong with a configuration: collected to the end, so that one look is enough to mend all of it. */
public final class ConfigProblems {
    private static final int LONGEST_VALUE = 80;

    /** Nobody reads more, and a hostile text could make so many that telling them takes minutes. */
    private static final int MOST_TOLD = 20;

    private final String source;
    private final List<String> lines = new ArrayList<>();
    private final Map<String, ConfigValue> seen = new LinkedHashMap<>();
    private final Set<String> wrong = new HashSet<>();
    private int untold;

    /** @param source what is being read, for messages about keys that stand nowhere */
    ConfigProblems(String source) {
        this.source = source;
    }

    /** Remembers where a key stands; known keys are also what unknown ones are compared with. */
    void seen(String key, ConfigValue value) {
        seen.put(key, value);
    }

    Set<String> knownKeys() {
        return seen.keySet();
    }

    void missing(String key, String remedy) {
        wrong.add(key);
        tell(() -> source + ": " + key + " is missing: " + remedy);
    }

    void wrong(String key, ConfigValue value, String message) {
        wrong.add(key);
        tell(() -> place(value.origin()) + ": " + key + " = " + shown(value) + ": " + message);
    }

    void unknown(String key, ConfigValue value) {
        wrong.add(key);
        tell(() -> place(value.origin()) + ": " + NearestKey.shown(key) + " = " + shown(value) + ": unknown key; "
                + NearestKey.hint(key, knownKeys()));
    }

    /** Something is wrong that belongs to no one key. */
    void general(String message) {
        tell(() -> source + ": " + message);
    }

    /**
     * A rule over several keys; not judged while one of them is wrong by itself.
     *
     * @param keys the first is the one the message is about
     */
    public void require(boolean holds, String message, String... keys) {
        for (String key : keys) {
            if (wrong.contains(key)) {
                return;
            }
        }
        if (holds) {
            return;
        }
        ConfigValue value = seen.get(keys[0]);
        if (value == null) {
            missing(keys[0], message);
        } else {
            wrong(keys[0], value, message);
        }
    }

    void throwIfAny() {
        if (lines.size() == 1) {
            throw new ConfigError(lines.get(0), lines);
        }
        if (!lines.isEmpty()) {
            String rest = untold == 0 ? "" : "\n  and " + untold + " more";
            throw new ConfigError(
                    (lines.size() + untold) + " problems in " + source + ":\n  " + String.join("\n  ", lines) + rest,
                    lines);
        }
    }

    private void tell(Supplier<String> line) {
        if (lines.size() < MOST_TOLD) {
            lines.add(line.get());
        } else {
            untold++;
        }
    }

    private static String place(ConfigOrigin origin) {
        if (origin.resource() != null) {
            return "default";
        }
        if (origin.filename() == null) {
            return ConfigFiles.withoutLine(origin.description());
        }
        return origin.lineNumber() > 0 ? origin.filename() + ":" + origin.lineNumber() : origin.filename();
    }

    private static String shown(ConfigValue value) {
        String text = value.render(ConfigRenderOptions.concise());
        return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE) + "...";
    }
}
