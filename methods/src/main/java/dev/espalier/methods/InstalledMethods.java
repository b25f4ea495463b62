package dev.espalier.methods;

import dev.espalier.protocol.config.MethodCatalogue;
import dev.espalier.protocol.config.MethodKeys;
import java.util.List;

/** Lets configurations name the methods of {@link Methods}: a service of this module. */
public final class InstalledMethods implements MethodCatalogue {
    @Override
    public List<MethodKeys<?>> keys() {
        return Methods.keys();
    }

    @Override
    public List<String> metrics() {
        return Methods.metrics();
    }
}
