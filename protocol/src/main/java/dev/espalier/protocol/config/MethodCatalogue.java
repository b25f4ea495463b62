package dev.espalier.protocol.config;

import dev.espalier.protocol.Stage;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/** The ways of pruning that are installed beside the engine: a service, which the module that has them provides. */
public interface MethodCatalogue {
    /** What each of them reads of a configuration, in the order in which people are told of them. */
    List<MethodKeys<?>> keys();

    /** Names of the scores that they know, in the same way. */
    List<String> metrics();

    /** Kinds of stages that come with them, besides those that the engine has. */
    default List<String> stages() {
        return List.of();
    }

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

    /** Kinds that a run's stages may be of: the engine's, and those of all that are installed. */
    static List<String> installedStages() {
        return Stream.concat(Stage.KINDS.stream(), Installed.ALL.stream().flatMap(it -> it.stages().stream()))
                .toList();
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
