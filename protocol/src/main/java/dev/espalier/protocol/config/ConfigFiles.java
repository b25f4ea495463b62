package dev.espalier.protocol.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import dev.espalier.protocol.UserError;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Gets configuration off the disk, the command line and the wire; what it means is decided elsewhere. */
final class ConfigFiles {
    /** A message may be 128 KiB, and an assignment carries the configuration. */
    static final int MOST_TEXT_BYTES = 120 * 1024;

    private static final String COMMAND_LINE = "--set ";

    private ConfigFiles() {}

    /** What {@code reference.conf} says under {@code espalier.BLOCK}. */
    static Config documented(String block) {
        return Documented.ALL.withOnlyPath("espalier." + block).resolve().getConfig("espalier." + block);
    }

    /** Read once: two dozen files of libraries are of that name, too, and a configuration comes with each assignment. */
    private static final class Documented {
        // withOnlyPath before anything is resolved: Pekko's files have substitutions of their own
        static final Config ALL = ConfigFactory.parseResources(ConfigFiles.class.getClassLoader(), "reference.conf")
                .withOnlyPath("espalier");
    }

    /** A HOCON file of the user's with the overrides on top; substitutions are not resolved yet. */
    static Config user(Path file, List<String> overrides) {
        checkReadable(file);
        Allowance allowance = new Allowance();
        allowance.file(file);
        Config config = guarded(
                file.toString(),
                () -> ConfigFactory.parseFile(
                        file.toFile(),
                        ConfigParseOptions.defaults()
                                .setSyntax(ConfigSyntax.CONF)
                                .setIncluder(BoundedIncludes.of(allowance))
                                .setAllowMissing(false)));
        return overridden(config, overrides);
    }

    /** What stands on the command line beats the rest. */
    static Config overridden(Config config, List<String> overrides) {
        Config whole = config;
        for (String override : overrides) {
            whole = override(override).withFallback(whole);
        }
        return whole;
    }

    /** @param layers from the strongest to the weakest */
    static Config resolved(Path file, Config... layers) {
        Config merged = layers[0];
        for (int i = 1; i < layers.length; i++) {
            merged = merged.withFallback(layers[i]);
        }
        Config unresolved = merged;
        return guarded(file.toString(), () -> {
            Expansion.check(file.toString(), unresolved);
            return unresolved.resolve();
        });
    }

    /** Text that came over the wire. JSON only: HOCON could include files and addresses of the sender's choice. */
    static Config json(String text) {
        if (text.getBytes(StandardCharsets.UTF_8).length > MOST_TEXT_BYTES) {
            throw new UserError("the resolved configuration is longer than " + MOST_TEXT_BYTES + " bytes");
        }
        return guarded(
                "resolved configuration",
                () -> ConfigFactory.parseString(
                        text,
                        ConfigParseOptions.defaults()
                                .setSyntax(ConfigSyntax.JSON)
                                .setOriginDescription("resolved configuration")));
    }

    /**
     * HOCON that came over the network: it includes nothing and sees no environment variable, since both would tell
     * the sender what is here.
     *
     * @param source what to call it in messages
     * @param defaults below the text
     */
    static Config submitted(String source, String text, Config... defaults) {
        new Allowance().text(source, text);
        return guarded(source, () -> {
            Config merged = ConfigFactory.parseString(
                    text,
                    ConfigParseOptions.defaults()
                            .setSyntax(ConfigSyntax.CONF)
                            .setIncluder(new NoIncludes())
                            .setOriginDescription(source));
            for (Config layer : defaults) {
                merged = merged.withFallback(layer);
            }
            Expansion.check(source, merged);
            return merged.resolve(ConfigResolveOptions.noSystem());
        });
    }

    static boolean fromCommandLine(ConfigValue value) {
        return value.origin().description().startsWith(COMMAND_LINE);
    }

    /** Line numbers of one-line sources say nothing. */
    static String withoutLine(String description) {
        return description.replaceFirst(": [0-9]+$", "");
    }

    private static void checkReadable(Path file) {
        if (Files.isDirectory(file)) {
            throw new UserError(file + " is a directory: give the configuration file itself");
        }
        if (!Files.isRegularFile(file)) {
            throw new UserError(
                    "configuration file " + file + " does not exist: check the path, or copy one from examples/");
        }
        if (!Files.isReadable(file)) {
            throw new UserError("configuration file " + file + " cannot be read: check its permissions");
        }
    }

    private static Config override(String override) {
        int equals = override.indexOf('=');
        if (equals <= 0) {
            throw new UserError("--set " + override + ": write key=value, such as --set prune.steps=100");
        }
        String key = override.substring(0, equals).strip();
        String value = override.substring(equals + 1).strip();
        String origin = COMMAND_LINE + key;
        Allowance allowance = new Allowance();
        allowance.text(origin, override);
        return guarded(origin, () -> {
            List<String> path = ConfigUtil.splitPath(key);
            String whole = ConfigUtil.joinPath(path);
            if (isHocon(value)) {
                Config parsed = ConfigFactory.parseString(
                        "value = " + value,
                        ConfigParseOptions.defaults()
                                .setIncluder(BoundedIncludes.of(allowance))
                                .setOriginDescription(origin));
                return ConfigFactory.empty(origin)
                        .withValue(whole, parsed.root().get("value"));
            }
            return ConfigFactory.empty(origin).withValue(whole, ConfigValueFactory.fromAnyRef(value, origin));
        });
    }

    /** Lists, objects and quoted strings; anything else is taken literally, since # and * are special in HOCON. */
    private static boolean isHocon(String value) {
        return !value.isEmpty() && "[{\"".indexOf(value.charAt(0)) >= 0;
    }

    private static Config guarded(String what, Supplier<Config> reading) {
        try {
            return reading.get();
        } catch (ConfigException.UnresolvedSubstitution e) {
            throw new UserError(
                    sentence(what, e) + "; set that variable, or write ${?NAME} for one that may be absent", e);
        } catch (ConfigException e) {
            throw new UserError(sentence(what, e), e);
        } catch (StackOverflowError e) {
            // the parser recurses, and nobody nests a configuration that deep by accident
            throw new UserError(what + " is nested too deeply to be a configuration", e);
        }
    }

    /** The library's messages often begin with the place already, and may run over several lines. */
    private static String sentence(String what, ConfigException e) {
        String message = String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
        return message.startsWith(what) ? message : what + ": " + message;
    }

    /** JSON, keys sorted, so that equal configurations have equal texts. */
    static String render(Object file, Map<String, Object> values) {
        String text = ConfigValueFactory.fromMap(values)
                .render(ConfigRenderOptions.concise().setFormatted(true));
        if (text.getBytes(StandardCharsets.UTF_8).length > MOST_TEXT_BYTES) {
            throw new UserError(file + ": with all defaults filled in it is longer than " + MOST_TEXT_BYTES
                    + " bytes: name many files with one pattern, such as \"corpus/*.jsonl\"");
        }
        return text;
    }
}
