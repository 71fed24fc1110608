"""The shipped sentence encoder: encoder.onnx, tokenizer.json, their manifest, and how they were made (conversion.py).

Nothing here runs at import; insights/embedding.py is the only reader of the files.
"""
