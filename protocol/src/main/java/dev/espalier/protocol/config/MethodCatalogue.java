package dev.espalier.protocol.config;

import java.util.List;
import java.util.ServiceLoader;

/** The ways of pruning that are installed beside the engine: a service, which the module that has them provides. */
public interface MethodCatalogue {
    /** What each of them reads of a configuration, in the order in which people are told of them. */
    List<MethodKeys<?>> keys();

    /** Names of the scores that they know, in the same way. */
    List<String> metrics();

    /** What all that are installed read; none where there are none, as in the engine's own tests. */
    static List<MethodKeys<?>> installedKeys() {
        return Installed.ALL.stream()
                .<MethodKeys<?>>flatMap(it -> it.keys().stream())
                .toList();
    }

    /** The scores of all that are installed. */
    static List<String> installedMetrics() {
        return Installed.ALL.stream().flatMap(it -> it.metrics().stream()).toList();
    }

    /** Looked for once. */
    final class Installed {
        private static final List<MethodCatalogue> ALL =
                ServiceLoader.load(MethodCatalogue.class, MethodCatalogue.class.getClassLoader()).stream()
                        .map(ServiceLoader.Provider::get)
                        .toList();

        private Installed() {}
    }
}
