"""Graphs as ComfyUI exports them, and their classes as a ComfyUI describes them, in both shapes of choices."""

from typing import Any

from generation.backends.comfyui.node_classes import node_classes
from generation.workflows.shipped import shipped

# Class: its inputs; those that end in "!" are of the newer shape.
CHECKPOINTS = ["sd_xl_base_1.0.safetensors", "old/dream_8.ckpt"]
LORAS = ["add_detail.safetensors", "style/ink.safetensors"]
SAMPLERS = ["euler", "dpmpp_2m"]
SCHEDULERS = ["normal", "karras"]
METHODS = ["nearest-exact", "bilinear", "area", "bicubic", "lanczos"]


def _old(choices: list[str], **options: object) -> list[object]:
    return [choices, options]


def _new(choices: list[str], **options: object) -> list[object]:
    return ["COMBO", {"options": choices, **options}]


def _class(*, is_output: bool = False, **required: list[object]) -> dict[str, object]:
    return {"input": {"required": required}, "output_node": is_output}


MODEL, CLIP, VAE, LATENT, IMAGE = (["MODEL"], ["CLIP"], ["VAE"], ["LATENT"], ["IMAGE"])
INT, FLOAT, STRING = (["INT", {"min": 0}], ["FLOAT", {"min": 0.0}], ["STRING", {"multiline": True}])
NODE_CLASSES = node_classes(
    {
        "CheckpointLoaderSimple": _class(ckpt_name=_old(CHECKPOINTS)),
        "CLIPTextEncode": _class(text=STRING, clip=CLIP),
        "EmptyLatentImage": _class(width=INT, height=INT, batch_size=INT),
        "KSampler": _class(
            model=MODEL,
            seed=INT,
            steps=INT,
            cfg=FLOAT,
            sampler_name=_old(SAMPLERS),
            scheduler=_new(SCHEDULERS),
            positive=["CONDITIONING"],
            negative=["CONDITIONING"],
            latent_image=LATENT,
            denoise=FLOAT,
        ),
        "VAEDecode": _class(samples=LATENT, vae=VAE),
        "VAEEncode": _class(pixels=IMAGE, vae=VAE),
        "LoadImage": _class(image=_old(["example.png"], image_upload=True)),
        "LoraLoader": _class(model=MODEL, clip=CLIP, lora_name=_new(LORAS), strength_model=FLOAT, strength_clip=FLOAT),
        "ImageScale": _class(
            image=IMAGE, upscale_method=_old(METHODS), width=INT, height=INT, crop=_new(["disabled", "center"])
        ),
        "ImageScaleBy": _class(image=IMAGE, upscale_method=_new(METHODS), scale_by=FLOAT),
        "PreviewImage": _class(images=IMAGE, is_output=True),
        "SaveImage": _class(images=IMAGE, filename_prefix=STRING, is_output=True),
    }
)


def text_to_picture() -> dict[str, Any]:
    """Return title, graph and inputs of the first workflow that ships."""
    return shipped()["text-to-picture"]


def node(kind: str, title: str = "", **inputs: object) -> dict[str, Any]:
    """Return a node of a graph."""
    return {"class_type": kind, "inputs": inputs, "_meta": {"title": title or kind}}


def guided() -> dict[str, Any]:
    """Return a graph of SamplerCustomAdvanced, whose settings lie in nodes of their own; its model has no encoder."""
    return {
        "6": node("CLIPTextEncode", "Positive Prompt", text="a fox", clip=["11", 0]),
        "8": node("VAEDecode", samples=["13", 0], vae=["10", 0]),
        "9": node("SaveImage", filename_prefix="x", images=["8", 0]),
        "10": node("VAELoader", vae_name="ae.safetensors"),
        "11": node("DualCLIPLoader", clip_name1="a", clip_name2="b", type="flux"),
        "12": node("UNETLoader", unet_name="flux1-dev.safetensors", weight_dtype="default"),
        "13": node(
            "SamplerCustomAdvanced",
            noise=["25", 0],
            guider=["22", 0],
            sampler=["16", 0],
            sigmas=["17", 0],
            latent_image=["27", 0],
        ),
        "16": node("KSamplerSelect", sampler_name="euler"),
        "17": node("BasicScheduler", scheduler="simple", steps=20, denoise=1.0, model=["30", 0]),
        "22": node("BasicGuider", model=["30", 0], conditioning=["26", 0]),
        "25": node("RandomNoise", noise_seed=5),
        "26": node("FluxGuidance", guidance=3.5, conditioning=["6", 0]),
        "27": node("EmptySD3LatentImage", width=["34", 0], height=768, batch_size=1),
        "30": node("ModelSamplingFlux", max_shift=1.15, base_shift=0.5, width=1, height=1, model=["12", 0]),
        "34": node("PrimitiveInt", "Width", value=1024),
    }


def refined() -> dict[str, Any]:
    """Return a graph of two samplers, whose texts are read twice by the first model."""
    shared = {"sampler_name": "euler", "scheduler": "normal", "return_with_leftover_noise": "disable"}
    return {
        "1": node("CheckpointLoaderSimple", "Base", ckpt_name="base.safetensors"),
        "2": node("CheckpointLoaderSimple", "Refiner", ckpt_name="refiner.safetensors"),
        "3": node("CLIPTextEncodeSDXL", "Positive", text_g="a fox", text_l="a fox", clip=["1", 1]),
        "4": node("CLIPTextEncode", "Same", text="blurry", clip=["1", 1]),
        "5": node("CLIPTextEncode", "Same", text="a fox", clip=["2", 1]),
        "6": node("ConditioningZeroOut", conditioning=["12", 0]),
        "7": node("EmptyLatentImage", width=1000, height=1000, batch_size=1),
        "8": node(
            "KSamplerAdvanced",
            "First",
            noise_seed=1,
            steps=500,
            cfg=8,
            model=["1", 0],
            positive=["3", 0],
            negative=["4", 0],
            latent_image=["7", 0],
            **shared,
        ),
        "9": node(
            "KSamplerAdvanced",
            "Second",
            noise_seed=1,
            steps=500,
            cfg=8,
            model=["2", 0],
            positive=["5", 0],
            negative=["6", 0],
            latent_image=["8", 0],
            **shared,
        ),
        "12": node("CLIPTextEncode", "Zeroed", text="never read", clip=["2", 1]),
        "10": node("VAEDecode", samples=["9", 0], vae=["2", 2]),
        "11": node("SaveImage", images=["10", 0], filename_prefix="x"),
    }
