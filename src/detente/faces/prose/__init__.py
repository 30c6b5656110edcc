"""An accord told in plain sentences, English and Chinese, from the structures that the evaluator runs on."""
