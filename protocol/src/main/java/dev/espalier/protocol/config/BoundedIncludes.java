package dev.espalier.protocol.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseable;
import java.io.File;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Lets a file include other files, within what is allowed in all: files that include others twice double with each level.
 * What is not in a file is not included, since on another machine it may be endless, and different tomorrow.
 */
final class BoundedIncludes implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {
    /** The library tries them all. */
    private static final List<String> ENDINGS = List.of("", ".conf", ".json", ".properties");

    private final Allowance allowance;
    private final ConfigIncluder usual;

    private BoundedIncludes(Allowance allowance, ConfigIncluder usual) {
        this.allowance = allowance;
        this.usual = usual;
    }

    /** To be given to the parser, which adds its usual includer. */
    static ConfigIncluder of(Allowance allowance) {
        return new BoundedIncludes(allowance, null);
    }

    @Override
    public ConfigIncluder withFallback(ConfigIncluder fallback) {
        return usual == null ? new BoundedIncludes(allowance, fallback) : this;
    }

    @Override
    public ConfigObject include(ConfigIncludeContext context, String what) {
        if (what.contains("://")) {
            throw elsewhere(what);
        }
        for (String ending : ENDINGS) {
            ConfigParseable near = context.relativeTo(what + ending);
            String file = near == null ? null : near.origin().filename();
            if (file != null && Files.exists(Path.of(file))) {
                allowance.include(Path.of(file));
            }
        }
        return usual.include(context, what);
    }

    @Override
    public ConfigObject includeFile(ConfigIncludeContext context, File what) {
        if (what.exists()) {
            allowance.include(what.toPath());
        }
        return ((ConfigIncluderFile) usual).includeFile(context, what);
    }

    @Override
    public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
        throw elsewhere(what);
    }

    @Override
    public ConfigObject includeResources(ConfigIncludeContext context, String what) {
        throw elsewhere(what);
    }

    private static ConfigException elsewhere(Object what) {
        return new ConfigException.Generic(
                "include of " + what + ": only files are included; fetch it, and include the copy");
    }
}
