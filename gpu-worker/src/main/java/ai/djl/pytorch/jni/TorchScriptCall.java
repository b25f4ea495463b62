package ai.djl.pytorch.jni;

import ai.djl.pytorch.engine.PtSymbolBlock;
import java.util.List;

/**
 * Calls any method of a TorchScript module with any arguments, in the calling thread's own grad mode. DJL's public
 * ways either take tensors only or always run under inference mode, whose tensors can not be differentiated or
 * changed later; the door used here is package-private, hence this package.
 */
public final class TorchScriptCall {
    private TorchScriptCall() {}

    /** Runs {@code method}; the caller closes the arguments and the result. */
    public static IValue run(PtSymbolBlock module, String method, List<IValue> arguments) {
        long[] handles = arguments.stream().mapToLong(IValue::getHandle).toArray();
        return new IValue(PyTorchLibrary.LIB.moduleRunMethod(module.getHandle(), method, handles, true, false));
    }
}
