package dev.espalier.methods.toy;

import dev.espalier.protocol.config.ConfigProblems;
import dev.espalier.protocol.config.MethodCatalogue;
import dev.espalier.protocol.config.MethodKeys;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.StrictConfig;
import java.util.List;

/** Lets configurations name the toys: a service of those processes whose class path says so. */
public final class ToyCatalogue implements MethodCatalogue {
    /** It has no keys of its own. */
    private record Keys() implements MethodKeys<Keys> {
        @Override
        public String name() {
            return ToyMethod.NAME;
        }

        @Override
        public Keys read(StrictConfig prune) {
            return this;
        }

        @Override
        public void check(RunConfig config, ConfigProblems problems) {}
    }

    @Override
    public List<MethodKeys<?>> keys() {
        return List.of(new Keys());
    }

    @Override
    public List<String> metrics() {
        return List.of();
    }

    @Override
    public List<String> stages() {
        return List.of(ToyStage.KIND);
    }
}
