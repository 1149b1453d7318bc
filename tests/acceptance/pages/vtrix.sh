curl -X POST 'https://cloud.vtrix.ai/model/v1/generation' \
-H 'Authorization: Bearer YOUR_API_KEY' \
-H 'Content-Type: application/json' \
-d '{"model": "veo_31_fast", "input": [{"params": {"prompt": "A lighthouse in the storm, thunder rolling", "negativePrompt": "people", "aspectRatio": "16:9", "resolution": "720p", "durationSeconds": 4, "personGeneration": "allow_all"}}]}'
