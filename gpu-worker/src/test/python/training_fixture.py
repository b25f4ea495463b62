"""Losses and gradients of one NutePrune step and of plain training, in float64, stored as float32."""

import torch
import torch.nn.functional as F

from reference_model import PROJECTIONS

RANK, ALPHA = 4, 8.0
TEMPERATURES = {"1": 1.0, "2-3": 2 / 3}


def training(reference, ids, generator):
    """All tensors of training.safetensors for a Reference in float64."""
    masks = random_masks(reference.config, generator)
    lora = random_lora(reference, generator)
    with torch.no_grad():
        teacher_logits, teacher_hidden = (t.float() for t in reference.forward(ids))
    out = {"input_ids": ids.int(), "teacher.logits": teacher_logits, "teacher.hidden": teacher_hidden}
    out.update({f"mask.{name}": mask for name, mask in masks.items()})
    out.update(lora)

    # The inputs were rounded to float32 first, so a float32 implementation starts from the very same numbers.
    masks = {name: mask.double().requires_grad_() for name, mask in masks.items()}
    lora = {name: tensor.double().requires_grad_() for name, tensor in lora.items()}
    teacher_logits, teacher_hidden = teacher_logits.double(), teacher_hidden.double()
    logits, hidden = reference.forward(ids, masks, lora, ALPHA / RANK)
    out["student.logits"], out["student.hidden"] = logits.float(), hidden.float()

    losses = {}
    for label, temperature in TEMPERATURES.items():
        batchmean = distillation(logits, teacher_logits, temperature)
        losses[f"kl.batchmean.{label}"] = batchmean
        losses[f"kl.{label}"] = batchmean / ids.shape[1]
    losses["layers"], losses["layers.normalised"] = layer_losses(hidden, teacher_hidden)
    out.update({f"loss.{name}": scalar(loss) for name, loss in losses.items()})

    trainables = {**{f"mask.{name}": mask for name, mask in masks.items()}, **lora}
    for name in ("kl.2-3", "layers", "layers.normalised"):
        out.update(gradients(losses[name], trainables, name))
    out.update(plain_training(reference, ids))
    return {name: tensor.detach().to(torch.int32 if name == "input_ids" else torch.float32) for name, tensor in out.items()}


def random_masks(config, generator):
    """Uniform in (0, 1), about a fifth exactly 0 and a fifth exactly 1: what hard-concrete samples look like."""
    layers = config["num_hidden_layers"]
    shapes = {
        "hidden": (config["hidden_size"],),
        "heads": (layers, config["num_attention_heads"]),
        "ffn": (layers, config["intermediate_size"]),
    }
    masks = {}
    for name, shape in shapes.items():
        mask = (torch.rand(shape, generator=generator) * 1.6 - 0.3).clamp(0, 1)
        mask.view(-1)[0], mask.view(-1)[-1] = 0, 1  # the few heads might have had neither
        masks[name] = mask
    return masks


def random_lora(reference, generator):
    lora = {}
    for layer in range(reference.config["num_hidden_layers"]):
        for projection, name in PROJECTIONS.items():
            rows, columns = reference.weights[f"model.layers.{layer}.{name}.weight"].shape
            lora[f"lora.{layer}.{projection}.a"] = torch.randn(RANK, columns, generator=generator) * columns**-0.5
            lora[f"lora.{layer}.{projection}.b"] = torch.randn(rows, RANK, generator=generator) * 0.15
    return lora


def distillation(student, teacher, temperature):
    """The published KL: divided by the batch only, a sum over positions, times the square of the temperature."""
    p = F.softmax(teacher / temperature, -1)
    return temperature**2 * F.kl_div(F.log_softmax(student / temperature, -1), p, reduction="batchmean")


def layer_losses(student, teacher):
    """(sum of MSE_i, sum of MSE_i / mean(T_i^2)), each mean over the elements that the student keeps (S_i != 0)."""
    plain, normalised = 0.0, 0.0
    for s, t in zip(student, teacher):
        kept = s.detach() != 0
        error = (t - s)[kept].square().mean()
        plain = plain + error
        normalised = normalised + error / t[kept].square().mean()
    return plain, normalised


def gradients(loss, tensors, label):
    found = torch.autograd.grad(loss, list(tensors.values()), retain_graph=True)
    return {f"grad.{label}.{name}": gradient for name, gradient in zip(tensors, found)}


def plain_training(reference, ids, steps=3):
    """Shifted cross-entropy of the intact model: gradients of all weights, then AdamW on the same batch."""
    weights = {name: tensor.clone().requires_grad_() for name, tensor in reference.weights.items()}
    model = type(reference)(reference.config, weights)

    def cross_entropy():
        return F.cross_entropy(model.forward(ids)[0][:, :-1].flatten(0, 1), ids[:, 1:].flatten())

    loss = cross_entropy()
    out = {"loss.ce": scalar(loss), **gradients(loss, weights, "ce")}
    optimizer = torch.optim.AdamW(weights.values(), lr=1e-2, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1)
    losses, norms = [], []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = cross_entropy()
        loss.backward()
        losses.append(loss.detach())
        norms.append(torch.nn.utils.clip_grad_norm_(weights.values(), 1.0))
        optimizer.step()
    losses.append(cross_entropy().detach())
    out["adamw.losses"], out["adamw.gradient-norms"] = torch.stack(losses), torch.stack(norms)
    for name, tensor in weights.items():
        out[f"adamw.{name}"] = torch.stack((tensor.sum(), tensor.square().sum()))
    return out


def scalar(tensor):
    return tensor.reshape(1)
