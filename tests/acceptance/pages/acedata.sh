curl -X POST 'https://api.acedata.cloud/veo/videos' \
-H 'accept: application/json' \
-H 'authorization: Bearer YOUR_API_KEY' \
-H 'content-type: application/json' \
-d '{
  "action": "text2video",
  "model": "veo3-fast",
  "prompt": "White ceramic coffee mug on glossy marble countertop with morning window light. Camera 360 gentle orbit."
}'
