package dev.espalier.protocol.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Models of the Hugging Face hub that are on this machine already, in the cache that its tools share
 * (huggingface.co/docs/huggingface_hub/guides/manage-cache): {@code models--ORG--NAME/refs/main} names a commit, and
 * {@code snapshots/COMMIT} is its folder. Nothing is fetched.
 */
public final class HubModels {
    private static final Pattern NAME =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final int LONGEST_REF = 1_000;

    private final Path cache;

    private HubModels(Path cache) {
        this.cache = cache;
    }

    /** The cache that {@code HF_HUB_CACHE}, {@code HF_HOME} or {@code XDG_CACHE_HOME} name, or the user's own. */
    public static HubModels here() {
        return of(System.getenv(), Path.of(System.getProperty("user.home")));
    }

    static HubModels of(Map<String, String> environment, Path home) {
        Optional<Path> named = path(environment, "HF_HUB_CACHE").or(() -> path(environment, "HUGGINGFACE_HUB_CACHE"));
        return new HubModels(named.orElseGet(() -> path(environment, "HF_HOME")
                .orElseGet(() -> path(environment, "XDG_CACHE_HOME")
                        .orElse(home.resolve(".cache"))
                        .resolve("huggingface"))
                .resolve("hub")));
    }

    private static Optional<Path> path(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name))
                .filter(value -> !value.isBlank())
                .map(value -> Path.of(UserHome.expanded(value)));
    }

    /** Whether this may be a model's name on the hub, {@code ORG/NAME}. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches() && !text.contains("--") && !text.contains("..");
    }

    /** The folder of a model's main revision; empty if it is not in the cache. */
    public Optional<Path> folder(String name) {
        if (!isName(name)) {
            return Optional.empty();
        }
        Path model = cache.resolve("models--" + name.replace("/", "--"));
        return commit(model.resolve("refs").resolve("main"))
                .map(commit -> model.resolve("snapshots").resolve(commit))
                .filter(Files::isDirectory)
                .map(folder -> folder.toAbsolutePath().normalize());
    }

    /** The model's name on the hub, if that is a folder of such a cache. */
    public static Optional<String> nameOf(Path folder) {
        Path absolute = folder.toAbsolutePath().normalize();
        int names = absolute.getNameCount();
        if (names < 3 || !absolute.getName(names - 2).toString().equals("snapshots")) {
            return Optional.empty();
        }
        String model = absolute.getName(names - 3).toString();
        String name = model.replaceFirst("^models--", "").replaceFirst("--", "/");
        return model.startsWith("models--") && isName(name) ? Optional.of(name) : Optional.empty();
    }

    private static Optional<String> commit(Path ref) {
        try {
            if (!Files.isRegularFile(ref) || Files.size(ref) > LONGEST_REF) {
                return Optional.empty();
            }
            String commit = Files.readString(ref, StandardCharsets.UTF_8).strip();
            return COMMIT.matcher(commit).matches() ? Optional.of(commit) : Optional.empty();
        } catch (IOException e) {
            // As if it were not there: whoever finds no model is told where it was looked for.
            return Optional.empty();
        }
    }

    /**
     * A model's folder: the path itself, or what the cache has under the name that the path is.
     *
     * @param given as a user writes it: a folder, or a name that no folder has
     */
    public Path located(Path given) {
        return Files.exists(given) ? given : folder(given.toString()).orElse(given);
    }

    /**
     * What to do where neither a folder nor a model in the cache was found; empty if the path does not look like a name.
     *
     * @param folder that does not exist
     */
    public static Optional<String> remedy(Path folder) {
        int names = folder.getNameCount();
        String name = names < 2 ? "" : folder.getName(names - 2) + "/" + folder.getName(names - 1);
        boolean mayBeName =
                isName(name) && !Files.exists(folder.toAbsolutePath().getParent());
        return mayBeName
                ? Optional.of("If " + name + " is a model of the Hugging Face hub, fetch it first: hf download " + name
                        + " (looked in " + here().cache + ")")
                : Optional.empty();
    }
}
