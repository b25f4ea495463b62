package dev.espalier.protocol.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValueFactory;
import dev.espalier.protocol.UserError;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Reads a run's configuration. Everything that is wrong with it is found in one go and told in one {@link UserError}:
 * a line each, with the key, its value, where it stands and what to do. Models and data are not opened.
 */
public final class RunConfigReader {
    private static final String SUBMITTED = "submitted configuration";

    private RunConfigReader() {}

    /** The values of keys that a configuration does not set. */
    public static Config defaults() {
        return ConfigFiles.documented("run");
    }

    /**
     * @param file HOCON with the keys that {@code reference.conf} documents under {@code espalier.run}
     * @param overrides {@code key=value}, stronger than the file, the last one strongest; the value is taken literally
     *     unless it is a list, an object or quoted
     * @param out the run folder; empty: {@code runs/NAME} in the working directory
     * @return the run; what a target leads to that is no sparsity, {@link #reaching} adds
     * @throws UserError if the file cannot be read or anything in it is wrong
     */
    public static ResolvedRun read(Path file, List<String> overrides, Optional<Path> out) {
        Config user = ConfigFiles.user(file, overrides);
        Config defaults = ConfigFiles.documented("run");
        Config whole = ConfigFiles.resolved(file, user, defaults);
        if (faithful(whole)) {
            whole = ConfigFiles.resolved(file, user, ConfigFiles.documented("faithful"), defaults);
        }
        whole = TargetKeys.displaced(whole, ConfigFiles.overridden(ConfigFactory.empty(), overrides));
        ConfigProblems problems = new ConfigProblems(file.toString());
        Path folder = file.toAbsolutePath().normalize().getParent();
        StrictConfig root = StrictConfig.root(whole, Optional.of(folder), problems);
        RunConfig config = RunSections.read(root, RunNames.from(file));
        root.refuseUnknown();
        RunRules.check(config, problems);
        problems.throwIfAny();
        Path directory = out.orElseGet(() -> Path.of("runs", config.name()));
        return new ResolvedRun(
                config,
                ConfigFiles.render(file, root.values()),
                directory.toAbsolutePath().normalize());
    }

    /**
     * Only the name that {@link #read} would give the run; the rest may be wrong.
     *
     * @throws UserError if the file cannot be read, or its name is none
     */
    public static String name(Path file, List<String> overrides) {
        Config whole = ConfigFiles.resolved(file, ConfigFiles.user(file, overrides), ConfigFiles.documented("run"));
        ConfigProblems problems = new ConfigProblems(file.toString());
        StrictConfig root = StrictConfig.root(whole, Optional.empty(), problems);
        String name = RunNames.read(root.section("run"), "name", RunNames.from(file));
        problems.throwIfAny();
        return name;
    }

    /**
     * Reads a configuration that was sent over the network. Its paths must be absolute: nobody here knows what they
     * are relative to.
     *
     * @param text HOCON or JSON, with run.name
     * @param runs the folder that run folders are in
     * @throws UserError if anything in it is wrong
     */
    public static ResolvedRun submitted(String text, Path runs) {
        Config defaults = ConfigFiles.documented("run");
        Config whole = ConfigFiles.submitted(SUBMITTED, text, defaults);
        if (faithful(whole)) {
            whole = ConfigFiles.submitted(SUBMITTED, text, ConfigFiles.documented("faithful"), defaults);
        }
        ConfigProblems problems = new ConfigProblems(SUBMITTED);
        StrictConfig root = StrictConfig.root(whole, Optional.empty(), problems);
        RunConfig config = RunSections.read(root, "");
        root.refuseUnknown();
        RunRules.check(config, problems);
        TargetKeys.requireResolved(config, problems);
        problems.throwIfAny();
        return new ResolvedRun(
                config,
                ConfigFiles.render(SUBMITTED, root.values()),
                runs.resolve(config.name()).toAbsolutePath().normalize());
    }

    /**
     * Reads a {@link ResolvedRun#text} back. Keys that it lacks, since an older version wrote it, take their defaults.
     *
     * @throws UserError if it is not such a text
     */
    public static RunConfig parse(String text) {
        ConfigProblems problems = new ConfigProblems("resolved configuration");
        Config whole = ConfigFiles.json(text).withFallback(ConfigFiles.documented("run"));
        StrictConfig root = StrictConfig.root(whole, Optional.empty(), problems);
        RunConfig config = RunSections.read(root, "run");
        root.refuseUnknown();
        RunRules.check(config, problems);
        TargetKeys.requireResolved(config, problems);
        problems.throwIfAny();
        return config;
    }

    /**
     * The same run, and what its target leads to.
     *
     * @param rounds see {@link RunConfig.Prune#rounds}
     * @throws UserError if they cannot be what the target leads to
     */
    public static ResolvedRun reaching(ResolvedRun run, List<Double> rounds) {
        boolean shares = run.config().prune().target().equals(Target.SPARSITY);
        String key = shares ? Target.SPARSITY.word() : TargetKeys.RESOLVED;
        String text = ConfigFiles.render(
                run.directory(),
                ConfigFiles.json(run.text())
                        .withValue(Target.SECTION + "." + key, ConfigValueFactory.fromIterable(rounds))
                        .root()
                        .unwrapped());
        return new ResolvedRun(parse(text), text, run.directory());
    }

    /** Anything but a plain true is judged with the rest of the keys. */
    private static boolean faithful(Config config) {
        if (!(config.root().get("prune") instanceof ConfigObject prune)) {
            return false;
        }
        return prune.get("faithful") != null
                && "true".equals(String.valueOf(prune.get("faithful").unwrapped()));
    }
}
