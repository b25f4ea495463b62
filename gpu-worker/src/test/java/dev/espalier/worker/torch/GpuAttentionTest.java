package dev.espalier.worker.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.pytorch.jni.TorchScriptCall;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The text that GPUs run, which processors can run as well, gives what theirs gives. */
class GpuAttentionTest {
    private static final int FLOAT32 = 6;

    private final SplittableRandom random = new SplittableRandom(5);

    @Test
    void attendsAsOnACpuWithAWindowAndWithout() throws IOException {
        try (Torch cpu = Torch.open("cpu");
                NDManager scope = cpu.scope();
                ByteArrayInputStream archive =
                        new ByteArrayInputStream(ScriptArchive.pack(List.of("attention-gpu.py")));
                PtSymbolBlock gpu = JniUtils.loadModule((PtNDManager) scope, archive, false, false)) {
            NDList qkv = new NDList(heads(cpu, scope), heads(cpu, scope), heads(cpu, scope));
            NDArray unseen = cpu.tensor(scope, "unseen", qkv.get(0), 3);
            NDArray upstream = heads(cpu, scope);
            for (String kind : List.of("causal", "masked")) {
                NDList mask = kind.equals("masked") ? new NDList(unseen) : new NDList();
                NDList forward = new NDList(qkv).addAll(mask);
                NDList attended = cpu.call(scope, "attend_" + kind, arguments(forward));
                assertClose(run(scope, gpu, "attend_" + kind, forward).get(0), attended.get(0));
                NDList backward =
                        new NDList(upstream).addAll(qkv).addAll(attended).addAll(mask);
                NDList gradients = cpu.call(scope, "attend_" + kind + "_backward", arguments(backward));
                NDList found = run(scope, gpu, "attend_" + kind + "_backward", backward);
                for (int i = 0; i < 3; i++) {
                    assertClose(found.get(i), gradients.get(i));
                }
            }
        }
    }

    private static Object[] arguments(NDList tensors) {
        List<Object> all = new ArrayList<>(tensors);
        all.add(FLOAT32);
        return all.toArray();
    }

    private static NDList run(NDManager scope, PtSymbolBlock module, String method, NDList tensors) {
        List<IValue> values = new ArrayList<>();
        tensors.forEach(tensor -> values.add(IValue.from((PtNDArray) tensor)));
        values.add(IValue.from((long) FLOAT32));
        try (IValue result = TorchScriptCall.run(module, method, values)) {
            return result.toNDList((PtNDManager) scope);
        } finally {
            values.forEach(IValue::close);
        }
    }

    /** [2,3,8,4] */
    private NDArray heads(Torch torch, NDManager scope) {
        float[] values = new float[2 * 3 * 8 * 4];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return torch.floats(scope, values, 2, 3, 8, 4);
    }

    private static void assertClose(NDArray actual, NDArray expected) {
        assertThat(actual.toFloatArray()).containsExactly(expected.toFloatArray(), within(1e-5f));
    }
}
