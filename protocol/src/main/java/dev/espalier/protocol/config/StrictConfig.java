package dev.espalier.protocol.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * One section of a configuration, read key by key. Reading a key checks it and makes it known; what nobody asked for is
 * unknown. A wrong value becomes a problem and reading goes on with a stand-in, so that all problems are found in one
 * go. The values as read, with defaults filled in and paths made absolute, are kept as {@link #values}.
 */
public final class StrictConfig {
    private static final String NONE = "none";

    private final ConfigObject object;
    private final String path;
    private final Optional<Path> folder;
    private final ConfigProblems problems;
    private final Map<String, Object> values = new LinkedHashMap<>();
    private final List<StrictConfig> children = new ArrayList<>();

    private StrictConfig(ConfigObject object, String path, Optional<Path> folder, ConfigProblems problems) {
        this.object = object;
        this.path = path;
        this.folder = folder;
        this.problems = problems;
    }

    /** @param folder what relative paths without a file of their own are resolved against; empty: none are allowed */
    static StrictConfig root(Config config, Optional<Path> folder, ConfigProblems problems) {
        return new StrictConfig(config.root(), "", folder, problems);
    }

    ConfigProblems problems() {
        return problems;
    }

    /** What was read, ready to be rendered. */
    Map<String, Object> values() {
        return values;
    }

    public StrictConfig section(String key) {
        ConfigValue value = object.get(key);
        problems.seen(full(key), value);
        StrictConfig section;
        if (value instanceof ConfigObject inner) {
            section = new StrictConfig(inner, full(key), folder, problems);
        } else {
            if (value == null) {
                problems.missing(full(key), "write a section, " + full(key) + " { ... }");
            } else {
                problems.wrong(full(key), value, "must be a section, " + full(key) + " { ... }");
            }
            // its keys would all be missing: one problem is enough
            section =
                    new StrictConfig(ConfigFactory.empty().root(), full(key), folder, new ConfigProblems("discarded"));
        }
        values.put(key, section.values);
        children.add(section);
        return section;
    }

    /**
     * A list of sections, each with the same defaults; may be empty.
     *
     * @param alone the key that a plain string in place of a section stands for
     */
    List<StrictConfig> sections(String key, Config defaults, String alone) {
        List<StrictConfig> sections = new ArrayList<>();
        List<Object> rendered = new ArrayList<>();
        for (ConfigValue item : list(key)) {
            String name = full(key) + "[" + sections.size() + "]";
            ConfigValue written = item.valueType() == ConfigValueType.STRING
                    ? item.atKey(alone).root()
                    : item;
            if (written instanceof ConfigObject inner) {
                ConfigObject whole = inner.toConfig().withFallback(defaults).root();
                StrictConfig section = new StrictConfig(whole, name, folder, problems);
                sections.add(section);
                rendered.add(section.values);
            } else {
                problems.wrong(
                        name, item, "must be a " + alone + ", or a section in braces, { " + alone + " = ..., ... }");
            }
        }
        values.put(key, rendered);
        children.addAll(sections);
        return sections;
    }

    boolean has(String key) {
        ConfigValue value = object.get(key);
        problems.seen(full(key), value);
        return value != null && value.valueType() != ConfigValueType.NULL;
    }

    /** Whether something stands there, be it null. */
    boolean stands(String key) {
        ConfigValue value = object.get(key);
        problems.seen(full(key), value);
        return value != null;
    }

    /** Tells that a key must not be there, or not so. */
    void refuse(String key, String message) {
        problems.seen(full(key), object.get(key));
        problems.wrong(full(key), object.get(key), message);
    }

    public String text(String key, String remedy) {
        return scalar(key, remedy, "", (raw, value) -> raw.isBlank() ? wrong(key, value, remedy, "") : raw);
    }

    /** @param stand what a wrong value is replaced with while reading goes on */
    public String matching(String key, String pattern, String stand, String remedy) {
        return accepted(key, raw -> raw.matches(pattern), stand, remedy);
    }

    /** @param stand what a wrong value is replaced with while reading goes on */
    String accepted(String key, Predicate<String> right, String stand, String remedy) {
        return scalar(key, remedy, stand, (raw, value) -> right.test(raw) ? raw : wrong(key, value, remedy, stand));
    }

    public boolean flag(String key) {
        boolean flag =
                matching(key, "true|false", "false", "write true or false").equals("true");
        values.put(key, flag);
        return flag;
    }

    public int integer(String key, int least, int most) {
        return (int) whole(key, least, most);
    }

    /** A key without a default of its own: what it follows from is computed by the caller. */
    public int integerOr(String key, int least, int most, int otherwise) {
        if (has(key)) {
            return integer(key, least, most);
        }
        values.put(key, otherwise);
        return otherwise;
    }

    /** As {@link #decimal}, with a value that depends on others where the key is absent. */
    public double decimalOr(String key, Range range, double otherwise) {
        if (has(key)) {
            return decimal(key, range);
        }
        values.put(key, otherwise);
        return otherwise;
    }

    public long whole(String key, long least, long most) {
        String remedy = least == Long.MIN_VALUE
                ? "must be a whole number of 64 bits"
                : "must be a whole number from " + least + " to " + most;
        long stand = Math.max(least, 0);
        long number = scalar(key, remedy, stand, (raw, value) -> {
            Optional<Long> parsed = Numbers.whole(raw);
            return parsed.isPresent() && parsed.get() >= least && parsed.get() <= most
                    ? parsed.get()
                    : wrong(key, value, remedy, stand);
        });
        values.put(key, number);
        return number;
    }

    public double decimal(String key, Range range) {
        String remedy = "must be " + range.words();
        double number = scalar(key, remedy, range.inside(), (raw, value) -> {
            Optional<Double> parsed = Numbers.decimal(raw);
            return parsed.isPresent() && range.holds(parsed.get())
                    ? parsed.get()
                    : wrong(key, value, remedy, range.inside());
        });
        values.put(key, number);
        return number;
    }

    public String choice(String key, List<String> allowed) {
        String remedy = "must be " + either(allowed);
        return scalar(
                key,
                remedy,
                allowed.get(0),
                (raw, value) -> allowed.contains(raw) ? raw : wrong(key, value, remedy, allowed.get(0)));
    }

    <E extends Enum<E>> E word(Words<E> words, String key) {
        return words.value(choice(key, words.all()));
    }

    /** One of an enum's constants, in lower case with hyphens. */
    public <E extends Enum<E>> E constant(String key, Class<E> type) {
        return word(new Words<>(type), key);
    }

    /** A list of different whole numbers; may be empty. */
    public List<Integer> integers(String key, int least, int most) {
        ConfigValue whole = object.get(key);
        List<Integer> numbers = new ArrayList<>();
        for (ConfigValue item : list(key)) {
            Optional<Long> number =
                    Numbers.whole(String.valueOf(item.unwrapped())).filter(read -> read >= least && read <= most);
            if (number.isEmpty()) {
                wrong(key, item, "must be whole numbers from " + least + " to " + most, "");
            } else if (numbers.contains(number.get().intValue())) {
                wrong(key, whole, number.get() + " stands there twice: remove one", "");
            } else {
                numbers.add(number.get().intValue());
            }
        }
        values.put(key, List.copyOf(numbers));
        return List.copyOf(numbers);
    }

    /** A list of different words, at least one. */
    public List<String> choices(String key, List<String> allowed) {
        return list(key, allowed, true);
    }

    /** A list of words, at least one, that may repeat. */
    List<String> wordsInOrder(String key, List<String> allowed) {
        return list(key, allowed, false);
    }

    private List<String> list(String key, List<String> allowed, boolean once) {
        List<String> chosen = new ArrayList<>();
        ConfigValue whole = object.get(key);
        List<ConfigValue> items = list(key);
        for (ConfigValue item : items) {
            String raw = String.valueOf(item.unwrapped());
            if (!allowed.contains(raw)) {
                wrong(key, item, "must be " + either(allowed), raw);
            } else if (once && chosen.contains(raw)) {
                wrong(key, whole, raw + " stands there twice: remove one", raw);
            } else {
                chosen.add(raw);
            }
        }
        if (whole instanceof ConfigList && items.isEmpty()) {
            wrong(key, whole, "must not be empty: give one or more of " + String.join(", ", allowed), "");
        }
        values.put(key, List.copyOf(chosen));
        return List.copyOf(chosen);
    }

    <E extends Enum<E>> List<E> words(Words<E> words, String key) {
        return choices(key, words.all()).stream().map(words::value).toList();
    }

    /** A number, or a list of some. */
    List<Double> decimalOrSeveral(String key, Range range) {
        ConfigValue whole = object.get(key);
        if (!(whole instanceof ConfigList)) {
            return List.of(decimal(key, range));
        }
        List<Double> numbers = new ArrayList<>();
        for (ConfigValue item : list(key)) {
            Optional<Double> number =
                    Numbers.decimal(String.valueOf(item.unwrapped())).filter(range::holds);
            numbers.add(
                    number.isPresent() ? number.get() : wrong(key, item, "must be " + range.words(), range.inside()));
        }
        if (numbers.isEmpty()) {
            numbers.add(wrong(key, whole, "must not be empty: give a number", range.inside()));
        }
        values.put(key, List.copyOf(numbers));
        return List.copyOf(numbers);
    }

    /**
     * What may be one or a list of some, at least one.
     *
     * @param read empty if it is none
     * @param stand what a wrong value is replaced with while reading goes on
     */
    <T> List<T> several(String key, Function<ConfigValue, Optional<T>> read, String remedy, T stand) {
        ConfigValue whole = object.get(key);
        List<T> found = new ArrayList<>();
        for (ConfigValue item : whole instanceof ConfigList ? list(key) : List.of(whole)) {
            boolean scalar = !(item instanceof ConfigObject) && !(item instanceof ConfigList);
            found.add(Optional.of(item)
                    .filter(value -> scalar)
                    .flatMap(read)
                    .orElseGet(() -> wrong(key, item, remedy, stand)));
        }
        if (found.isEmpty()) {
            found.add(wrong(key, whole, "must not be empty: give a number", stand));
        }
        values.put(key, List.copyOf(found));
        return List.copyOf(found);
    }

    /** A list of exactly so many numbers. */
    public List<Double> decimals(String key, int count, Range range) {
        ConfigValue whole = object.get(key);
        List<ConfigValue> items = list(key);
        List<Double> numbers = new ArrayList<>();
        for (ConfigValue item : items) {
            Numbers.decimal(String.valueOf(item.unwrapped()))
                    .filter(range::holds)
                    .ifPresent(numbers::add);
        }
        if (whole instanceof ConfigList && (items.size() != count || numbers.size() != count)) {
            wrong(key, whole, "must be a list of " + count + " numbers, each " + range.words(), "");
        }
        while (numbers.size() < count) {
            numbers.add(range.inside());
        }
        values.put(key, numbers);
        return numbers;
    }

    /** An absolute path; what does not exist is not noticed here. */
    Path path(String key, String remedy) {
        Path stand = Path.of("/");
        Path read = scalar(
                key,
                remedy,
                stand,
                (raw, value) -> raw.isBlank() ? wrong(key, value, remedy, stand) : absolute(key, raw, value));
        values.put(key, read.toString());
        return read;
    }

    /** An absolute path, or the word none for nothing; what does not exist is not noticed here. */
    public Optional<Path> pathOrNone(String key, String remedy) {
        ConfigValue value = object.get(key);
        if (value != null && NONE.equals(value.unwrapped())) {
            text(key, remedy);
            return Optional.empty();
        }
        return Optional.of(path(key, remedy));
    }

    /** As {@link #path}; what is no folder may be the name of a model in the hub's cache. */
    Path model(String key, String remedy) {
        Path folder = path(key, remedy);
        String written =
                object.get(key) == null ? "" : String.valueOf(object.get(key).unwrapped());
        if (Files.exists(folder) || !HubModels.isName(written)) {
            return folder;
        }
        Path found = HubModels.here().folder(written).orElse(folder);
        values.put(key, found.toString());
        return found;
    }

    List<Path> paths(String key) {
        List<Path> paths = new ArrayList<>();
        for (ConfigValue item : list(key)) {
            if (item.valueType() == ConfigValueType.STRING) {
                paths.add(absolute(key, (String) item.unwrapped(), item));
            } else {
                wrong(key, item, "must be a list of paths", "");
            }
        }
        values.put(key, paths.stream().map(Path::toString).toList());
        return List.copyOf(paths);
    }

    /** Reports the keys that nobody read, here and in all sections below. */
    void refuseUnknown() {
        for (String key : new TreeSet<>(object.keySet())) {
            if (!problems.knownKeys().contains(full(key))) {
                problems.unknown(full(key), object.get(key));
            }
        }
        children.forEach(StrictConfig::refuseUnknown);
    }

    String full(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private <T> T wrong(String key, ConfigValue value, String message, T stand) {
        problems.wrong(full(key), value, message);
        return stand;
    }

    private <T> T scalar(String key, String remedy, T stand, BiFunction<String, ConfigValue, T> read) {
        ConfigValue value = object.get(key);
        problems.seen(full(key), value);
        T result = stand;
        if (value == null || value.valueType() == ConfigValueType.NULL) {
            problems.missing(full(key), remedy);
        } else if (value instanceof ConfigObject || value instanceof ConfigList) {
            problems.wrong(full(key), value, remedy);
        } else {
            // atKey: only a Config gives a number back as it was written
            result = read.apply(value.atKey("value").getString("value"), value);
        }
        values.put(key, result);
        return result;
    }

    private List<ConfigValue> list(String key) {
        ConfigValue value = object.get(key);
        problems.seen(full(key), value);
        if (value instanceof ConfigList list) {
            return list;
        }
        if (value == null) {
            problems.missing(full(key), "write a list, " + full(key) + " = [ ... ]");
        } else {
            problems.wrong(full(key), value, "must be a list, " + full(key) + " = [ ... ]");
        }
        return List.of();
    }

    private Path absolute(String key, String raw, ConfigValue value) {
        try {
            // Whose home is meant is known where the file is, and not where it was sent to.
            Path given = Path.of(folder.isPresent() ? UserHome.expanded(raw) : raw);
            if (given.isAbsolute()) {
                return given.normalize();
            }
            Function<Path, Path> against =
                    base -> base.toAbsolutePath().resolve(given).normalize();
            if (ConfigFiles.fromCommandLine(value)) {
                return against.apply(Path.of(""));
            }
            // A default stands in a resource, which may be a file too, and is relative to where one is.
            String file = value.origin().resource() == null ? value.origin().filename() : null;
            if (file != null) {
                return against.apply(Path.of(file).toAbsolutePath().getParent());
            }
            return folder.map(against)
                    .orElseGet(() -> wrong(key, value, "must be an absolute path", given.toAbsolutePath()));
        } catch (InvalidPathException e) {
            return wrong(key, value, "is not a path: " + e.getReason(), Path.of("/"));
        }
    }

    private static String either(List<String> words) {
        int last = words.size() - 1;
        return last == 0 ? words.get(0) : String.join(", ", words.subList(0, last)) + " or " + words.get(last);
    }
}
