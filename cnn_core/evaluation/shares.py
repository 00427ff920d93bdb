"""Shares in words: what is nearly all is never called all, nor what is nearly none none."""


def of_hundred(share: float) -> str:
    """A counted share as so many of 100: 0 and 100 only of what is none or all."""
    text = f"{100 * share:.0f}"
    if text not in ("0", "100") or share in (0, 1):
        return text
    text = f"{100 * share:.1f}"
    return {"0.0": "fewer than 0.1", "100.0": "more than 99.9"}.get(text, text)


def percent(share: float, digits: int = 0) -> str:
    """A probability: softmax rules nothing out and is never certain, so neither 0% nor 100%, float32 or not."""
    step = 10.0 ** -(2 + digits)
    least, most = f"{step:.{digits}%}", f"{1 - step:.{digits}%}"
    text = f"{share:.{digits}%}"
    return {f"{0:.{digits}%}": f"under {least}", f"{1:.{digits}%}": f"over {most}"}.get(text, text)
