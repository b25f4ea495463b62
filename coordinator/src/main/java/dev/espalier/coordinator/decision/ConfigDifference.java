package dev.espalier.coordinator.decision;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigValue;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfigReader;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** In which keys two resolved configurations differ. */
final class ConfigDifference {
    private ConfigDifference() {}

    /**
     * The keys, sorted, whose values differ. What one of the two lacks has its default there: a run that began under an
     * earlier version knows nothing of keys that have come since.
     */
    static List<String> keys(String before, String after) {
        Map<String, ConfigValue> then = values(before);
        Map<String, ConfigValue> now = values(after);
        RunConfigReader.defaults().entrySet().forEach(known -> {
            if (then.containsKey(known.getKey()) != now.containsKey(known.getKey())) {
                then.putIfAbsent(known.getKey(), known.getValue());
                now.putIfAbsent(known.getKey(), known.getValue());
            }
        });
        Set<String> keys = new TreeSet<>(then.keySet());
        keys.addAll(now.keySet());
        keys.removeIf(key -> Objects.equals(then.get(key), now.get(key)));
        return List.copyOf(keys);
    }

    /** A key's values, one if it is no list; none if it is not there. */
    static List<Object> list(String text, String key) {
        ConfigValue value = values(text).get(key);
        if (value == null) {
            return List.of();
        }
        return value instanceof ConfigList list ? list.unwrapped() : List.of(value.unwrapped());
    }

    private static Map<String, ConfigValue> values(String text) {
        try {
            return ConfigFactory.parseString(text).entrySet().stream()
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (a, b) -> b, HashMap::new));
        } catch (ConfigException e) {
            throw new UserError("the stored configuration cannot be read: " + e.getMessage(), e);
        }
    }
}
