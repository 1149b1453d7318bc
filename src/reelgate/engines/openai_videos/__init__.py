"""Any server of the OpenAI Videos wire: vLLM-Omni, SGLang-Diffusion, another reelgate."""
