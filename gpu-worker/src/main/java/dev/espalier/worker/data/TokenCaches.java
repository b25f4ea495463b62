package dev.espalier.worker.data;

import java.nio.file.Path;

/** Where tokenised texts are kept between runs: {@code $XDG_CACHE_HOME/espalier}, or {@code ~/.cache/espalier}. */
public final class TokenCaches {
    private TokenCaches() {}

    public static Path folder() {
        String cache = System.getenv("XDG_CACHE_HOME");
        Path base =
                cache == null || cache.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache);
        return base.resolve("espalier").resolve("tokens");
    }
}
